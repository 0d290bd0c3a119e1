package org.perille.proof.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.transaction.TransactionLogs;
import org.perille.proof.chain.Fault;
import org.perille.proof.chain.ModelPartition;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.Step;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;

/**
 * Nodes that publish single messages and commit transactions, made of the real decisions.
 *
 * <p>Storage, network, time and the order of all steps are chosen at random. Each seed makes one
 * scenario.
 */
final class TransactionModel implements World.Scenario {
  private static final int NODES = 3;
  private static final int WRITES_PER_FAULT = 25;
  private static final int MAX_ROUNDS = 1_000;

  /** More than the messages that are repeated in a round. */
  private static final int STEPS_PER_ROUND = 60;

  private final Choices random;
  private final RunRecorder recorder;
  private final Wire wire;
  private final Map<String, List<ModelPartition>> topics = new LinkedHashMap<>();
  private final List<ModelPartition> partitions;
  private final List<ModelLog> logs;
  private final List<ModelNode> nodes;
  private final ModelApplication application;
  private final List<Step> steps;
  private boolean healed;

  TransactionModel(Choices random, RunRecorder recorder) {
    this.random = random;
    this.recorder = recorder;
    this.wire = new Wire(random, recorder);
    Map<String, Integer> sizes = new LinkedHashMap<>();
    for (String topic : List.of("debits", "credits")) {
      int size = 1 + random.nextInt(2);
      sizes.put(topic, size);
      topics.put(
          topic,
          IntStream.range(0, size)
              .mapToObj(p -> new ModelPartition(new PartitionId(topic, p), recorder))
              .toList());
    }
    this.partitions = topics.values().stream().flatMap(List::stream).toList();
    this.logs =
        IntStream.range(0, 1 + random.nextInt(2))
            .mapToObj(number -> new ModelLog(number, random, recorder))
            .toList();
    this.nodes =
        IntStream.range(0, NODES)
            .mapToObj(number -> new ModelNode("node" + number, sizes, wire, this::send))
            .toList();
    this.application = new ModelApplication(random, recorder, sizes, logs);
    logs.forEach(log -> log.ensureOwner(anyNode()));
    this.steps = steps(random.nextInt(4));
  }

  private List<Step> steps(int faulty) {
    return List.of(
        new Step(40, () -> application.publish(anyNode())),
        new Step(40, () -> application.commit(anyNode())),
        new Step(8, () -> application.repeat(anyNode())),
        new Step(300, () -> stepAnyTransaction(anyNode())),
        new Step(400, () -> random.any(anyLog().owners()).step(ofWrite())),
        new Step(60, () -> random.any(anyLog().owners()).record()),
        new Step(20, () -> random.any(anyLog().owners()).readClock()),
        new Step(400, () -> random.any(partitions).step(wire.nowMillis(), ofWrite())),
        new Step(400, () -> wire.deliver(random.nextInt(6) == 0)),
        new Step(30, () -> anySender().repeatAll()),
        new Step(40, () -> anyLog().ensureOwner(anyNode())),
        new Step(10, () -> random.any(anyLog().owners()).checkFencing()),
        new Step(20, () -> anyLog().takeSnapshot()),
        new Step(20, () -> random.any(partitions).takeSnapshot()),
        new Step(20, () -> wire.pass(Duration.ofMillis(random.nextInt(500)))),
        new Step(10, () -> anySender().expire()),
        new Step(10, () -> anyLog().executeLateWrites()),
        new Step(15 * faulty, wire::lose),
        new Step(3 * faulty, () -> replace(anyLog())),
        new Step(4 * faulty, () -> crash(anyLog())),
        new Step(faulty, () -> crash(anyNode())),
        new Step(3 * faulty, () -> crash(random.any(partitions))),
        new Step(2 * faulty, () -> restart(anySender())),
        new Step(faulty, () -> setClock(anyNode())));
  }

  private ModelNode anyNode() {
    return random.any(nodes);
  }

  private ModelLog anyLog() {
    return random.any(logs);
  }

  private ModelSender anySender() {
    return random.any(anyNode().senders());
  }

  private Fault ofWrite() {
    return healed || random.nextInt(WRITES_PER_FAULT) > 0
        ? Fault.NONE
        : random.nextBoolean() ? Fault.BEFORE : Fault.AFTER;
  }

  private void stepAnyTransaction(ModelNode node) {
    if (!node.transactions().isEmpty()) {
      random.any(node.transactions()).step();
    }
  }

  /** Sends a batch to its partition or log, and its receipt back. */
  private void send(ModelSender from, PublishBatch batch) {
    if (batch.topic().equals(TransactionLogs.TOPIC)) {
      ModelLog log = logs.get(batch.partition());
      wire.send(
          TransactionFaults.BATCH_LOST,
          () -> log.phaseOf(batch),
          () -> log.reached().arrive(batch, receipt -> answer(from, receipt)));
    } else {
      ModelPartition partition = topics.get(batch.topic()).get(batch.partition());
      wire.send(
          TransactionFaults.BATCH_LOST,
          () -> partition.phaseOf(batch),
          () -> partition.arrive(batch, receipt -> answer(from, receipt)));
    }
  }

  private void answer(ModelSender to, BatchReceipt receipt) {
    wire.send(TransactionFaults.RECEIPT_LOST, () -> Phase.AFTER_ANSWER, () -> to.receive(receipt));
  }

  private void note(FaultKind kind, ModelOwner owner) {
    if (!owner.isDead()) {
      recorder.fault(kind, owner.phase());
    }
  }

  private void replace(ModelLog log) {
    note(TransactionFaults.REPLACED_OWNER_CONTINUES, log.current());
    log.start(anyNode());
  }

  private void crash(ModelLog log) {
    ModelOwner owner = random.any(log.owners());
    note(TransactionFaults.OWNER_CRASHES, owner);
    owner.crash(random.nextBoolean());
  }

  private void crash(ModelNode node) {
    recorder.tell(node, "crashes");
    for (ModelLog log : logs) {
      for (ModelOwner owner : log.owners()) {
        if (owner.node() == node) {
          note(TransactionFaults.NODE_CRASHES, owner);
          owner.crash(random.nextBoolean());
        }
      }
    }
    node.crash();
  }

  private void crash(ModelPartition partition) {
    recorder.tell(partition.id(), "crashes");
    recorder.fault(TransactionFaults.PARTITION_CRASHES, partition.phase(false));
    partition.crash(random.nextBoolean());
  }

  private void restart(ModelSender sender) {
    recorder.fault(TransactionFaults.PUBLISHER_RESTARTS, Phase.UNKNOWN);
    recorder.mark(Mark.TURN_KEPT_BY_A_RESTARTED_PUBLISHER, sender.hasOpenTurns() ? 1 : 0);
    sender.restart();
  }

  private void setClock(ModelNode node) {
    recorder.fault(TransactionFaults.CLOCK_SET, Phase.UNKNOWN);
    recorder.mark(Mark.CLOCK_SET_BY_DAYS);
    node.setClock(Duration.ofDays(random.nextInt(81) - 40L).toMillis());
  }

  @Override
  public void run(int count) {
    for (int i = 0; i < count; i++) {
      Step.any(steps, random).action().run();
    }
  }

  /** Heals all faults, finishes everything, publishes a little more, and checks the storage. */
  @Override
  public void drain() {
    healed = true;
    catchUp();
    recorder.record(Operation.Healed::new);
    nodes.forEach(application::commitOne);
    nodes.forEach(application::publishOne);
    catchUp();
    new TransactionLedger(logs, topics, application.answers()).check();
    partitions.forEach(this::read);
    recorder.record(Operation.Ended::new);
  }

  private void catchUp() {
    for (int round = 0; !hasCaughtUp(); round++) {
      assertThat(round).as("rounds that it takes to drain").isLessThan(MAX_ROUNDS);
      drainRound();
    }
  }

  private void drainRound() {
    for (ModelLog log : logs) {
      log.executeLateWrites();
      log.ensureOwner(anyNode());
      for (ModelOwner owner : List.copyOf(log.owners())) {
        owner.checkFencing();
        owner.record();
        for (int i = 0; i < STEPS_PER_ROUND; i++) {
          owner.step(Fault.NONE);
        }
      }
    }
    nodes.forEach(node -> List.copyOf(node.transactions()).forEach(ModelTransaction::step));
    nodes.forEach(node -> node.senders().forEach(ModelSender::repeatAll));
    for (int i = 0; i < STEPS_PER_ROUND; i++) {
      wire.deliver(false);
      partitions.forEach(partition -> partition.step(wire.nowMillis(), Fault.NONE));
    }
  }

  private boolean hasCaughtUp() {
    return wire.isEmpty()
        && nodes.stream().allMatch(ModelNode::isIdle)
        && partitions.stream().allMatch(ModelPartition::isIdle)
        && logs.stream().allMatch(ModelLog::isIdle);
  }

  /** Records the final contents of a partition. */
  private void read(ModelPartition partition) {
    PartitionId id = partition.id();
    for (LogEntry entry : partition.entries()) {
      recorder.record(
          at ->
              new Operation.MessageRead(
                  at,
                  "reader",
                  id.topic(),
                  id.partition(),
                  entry.offset(),
                  entry.message().key(),
                  ModelApplication.value(entry.message()),
                  entry.message().hasOwnId() ? entry.message().id() : ""));
    }
    recorder.record(
        at ->
            new Operation.LogRead(
                at, "reader", id.topic(), id.partition(), partition.nextOffset()));
  }
}
