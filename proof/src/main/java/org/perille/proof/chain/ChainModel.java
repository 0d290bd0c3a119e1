package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.Topic;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionId;
import org.perille.internal.log.PublishBatch;
import org.perille.internal.partition.ProducerDedup;
import org.perille.internal.payload.PayloadCodec.Encoded;
import org.perille.internal.publish.Partitioner;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;
import org.perille.testkit.history.Phase;

/**
 * A chain of topics with an event-sourced subscription between each two, made of the real
 * decisions.
 *
 * <p>Storage, network, time and the order of all steps are chosen at random. Each seed makes one
 * scenario.
 */
final class ChainModel implements World.Scenario {
  private static final int NODES = 3;
  private static final int SOURCE_KEYS = 5;
  private static final int MAX_SOURCE_MESSAGES = 300;

  /** The number of messages published after healing, enough for each partition to receive some. */
  private static final int PUBLISHED_AFTERWARDS = 5;

  /** A limit far above the number of rounds that a healthy chain needs. */
  private static final int MAX_ROUNDS = 1_000;

  private record Step(int weight, Runnable action) {}

  private final Choices random;
  private final RunRecorder recorder;
  private final ModelNetwork network;
  private final EffectCodec codec;
  private final List<Topic<String>> topics = new ArrayList<>();
  private final Map<String, List<ModelPartition>> partitions = new HashMap<>();
  private final List<ModelSubscription> subscriptions = new ArrayList<>();
  private final Map<String, ModelSubscription> byProducer = new HashMap<>();
  private final List<ModelNode> nodes = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private int totalWeight;
  private int sourceMessages;
  private int sourceBatches;
  private boolean healed;

  ChainModel(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    this.random = choices;
    this.recorder = recorder;
    this.network = new ModelNetwork(random);
    this.codec = new EffectCodec(system);
    int stages = 2 + random.nextInt(2);
    for (int i = 0; i <= stages; i++) {
      Topic<String> topic = Relay.topic("topic" + i, 1 + random.nextInt(3));
      topics.add(topic);
      partitions.put(
          topic.name(),
          IntStream.range(0, topic.partitions())
              .mapToObj(p -> new ModelPartition(new PartitionId(topic.name(), p), recorder))
              .toList());
    }
    for (int i = 0; i < NODES; i++) {
      nodes.add(new ModelNode("node" + i, topics, system, network));
    }
    for (int i = 0; i < stages; i++) {
      Relay relay = new Relay(topics.get(i + 1));
      ModelKeyStore store = new ModelKeyStore(codec, recorder);
      boolean parks = random.nextBoolean();
      for (ModelPartition source : partitions.get(topics.get(i).name())) {
        ModelSubscription subscription =
            new ModelSubscription("relay" + i, source, relay, parks, store, recorder);
        subscription.start(any(nodes));
        subscriptions.add(subscription);
      }
    }
    defineSteps();
  }

  private void defineSteps() {
    int faults = random.nextInt(4);
    int resets = random.nextInt(3) * random.nextInt(5);
    steps.add(new Step(40, this::publishToSource));
    steps.add(new Step(150, () -> anyWorker().fetch(1 + random.nextInt(8))));
    steps.add(new Step(300, () -> runAnyKey(anyWorker())));
    steps.add(new Step(600, () -> anyWorker().endRequest(random, fault())));
    steps.add(new Step(60, () -> anyWorker().save()));
    steps.add(new Step(120, () -> anyWorker().goOnSaving(fault())));
    steps.add(new Step(400, () -> anyPartition().step(network.nowMillis(), fault())));
    steps.add(new Step(200, () -> network.deliverBatch(random.nextInt(4) == 0, this::arrive)));
    steps.add(
        new Step(
            200, () -> network.deliverAnswer(random.nextInt(8) == 0, ModelPublisher::receive)));
    steps.add(new Step(60, () -> repeat(anyPublisher())));
    steps.add(new Step(30, () -> anySubscription().ensureAlive(any(nodes))));
    steps.add(new Step(20, () -> anyPartition().takeSnapshot()));
    steps.add(new Step(50, () -> network.pass(Duration.ofSeconds(random.nextInt(100)))));
    steps.add(new Step(20, this::deliverLate));
    steps.add(new Step(faults, this::passHours));
    steps.add(new Step(3 * faults, () -> sleep(any(nodes))));
    steps.add(new Step(10 * faults, this::loseBatch));
    steps.add(new Step(10 * faults, this::loseReceipt));
    steps.add(new Step(3 * faults, () -> replace(anySubscription())));
    steps.add(new Step(2 * faults, () -> crash(anySubscription())));
    steps.add(new Step(faults, () -> crash(anyPublisher())));
    steps.add(new Step(faults, () -> crash(any(nodes))));
    steps.add(new Step(4 * faults, () -> crash(anyPartition())));
    steps.add(new Step(5 * faults, this::cutOff));
    steps.add(new Step(2 * faults, () -> anySubscription().relay().poison(anyKey())));
    steps.add(new Step(2 * faults, () -> anySubscription().relay().heal()));
    steps.add(new Step(10, () -> anyWorker().redriveAny(random)));
    steps.add(new Step(3, () -> replaceInOrder(anySubscription())));
    steps.add(new Step(resets, () -> reset(anySubscription())));
    totalWeight = steps.stream().mapToInt(Step::weight).sum();
  }

  private <E> E any(List<E> list) {
    return list.get(random.nextInt(list.size()));
  }

  private ModelSubscription anySubscription() {
    return any(subscriptions);
  }

  private ModelWorker anyWorker() {
    return any(anySubscription().workers());
  }

  private ModelPublisher anyPublisher() {
    return any(any(nodes).publishers());
  }

  private ModelPartition anyPartition() {
    return any(partitions.get(any(topics).name()));
  }

  private Fault fault() {
    return healed || random.nextInt(25) > 0
        ? Fault.NONE
        : random.nextBoolean() ? Fault.BEFORE : Fault.AFTER;
  }

  @Override
  public void run(int count) {
    for (int i = 0; i < count; i++) {
      int chosen = random.nextInt(totalWeight);
      int step = 0;
      while (chosen >= steps.get(step).weight) {
        chosen -= steps.get(step).weight;
        step++;
      }
      steps.get(step).action.run();
      anySubscription().forgetIdleWorkers();
    }
  }

  private String anyKey() {
    return random.nextBoolean() ? anySourceKey() : Relay.targetKey(random.nextInt(100));
  }

  private String anySourceKey() {
    return "s" + random.nextInt(SOURCE_KEYS);
  }

  private void publishToSource() {
    List<String> texts = new ArrayList<>();
    int partition = random.nextInt(topics.get(0).partitions());
    for (int i = random.nextInt(6); i >= 0 && sourceMessages < MAX_SOURCE_MESSAGES; i--) {
      String key = anySourceKey();
      if (Partitioner.partitionOf(key, topics.get(0).partitions()) == partition) {
        texts.add(key + "|" + ++sourceMessages);
      }
    }
    publishToSource(partition, texts);
  }

  private void publishToSource(int partition, List<String> texts) {
    String topic = topics.get(0).name();
    List<Long> calls = new ArrayList<>();
    List<LogMessage> messages = new ArrayList<>();
    for (String text : texts) {
      String key = text.substring(0, text.indexOf('|'));
      long call = recorder.newCall();
      calls.add(call);
      recorder.record(
          at -> new Operation.PublishInvoked(at, call, "application", topic, key, text, ""));
      Encoded encoded = codec.encode(text);
      messages.add(
          new LogMessage(
              key, "", Map.of(), encoded.serializerId(), encoded.manifest(), encoded.payload()));
    }
    partition(topic, partition)
        .arrive(
            // Batch numbers rise over all partitions, and so don't begin at 1 in each.
            new PublishBatch(
                topic, partition, "application", ++sourceBatches, messages, List.of(), null, false),
            receipt -> published(calls, receipt));
  }

  private void published(List<Long> calls, BatchReceipt receipt) {
    for (int i = 0; i < calls.size(); i++) {
      long call = calls.get(i);
      long offset = receipt.firstOffset() + i;
      recorder.record(
          at ->
              new Operation.PublishEnded(at, call, Outcome.OK, receipt.partition(), offset, false));
    }
  }

  private ModelPartition partition(String topic, int partition) {
    return partitions.get(topic).get(partition);
  }

  private void runAnyKey(ModelWorker worker) {
    List<String> ready = worker.readyKeys();
    if (!worker.isEnding() && !ready.isEmpty()) {
      worker.run(any(ready), 1 + random.nextInt(5));
    }
  }

  private ModelPartition target(ModelNetwork.Sent sent) {
    return partition(sent.batch().topic(), sent.batch().partition());
  }

  private void arrive(ModelNetwork.Sent sent) {
    ModelPartition partition = target(sent);
    partition.arrive(
        sent.batch(),
        receipt -> {
          network.answer(partition, sent.from(), receipt);
          checkMemory(partition);
        });
  }

  private void checkMemory(ModelPartition partition) {
    for (ProducerDedup.Remembered producer : partition.remembered()) {
      int most = subscription(producer.producer()).maxRemembered();
      if (producer.stored().size() > most) {
        assertThat(producer.stored().stream().map(ProducerDedup.Stored::offset).distinct())
            .as("what %s remembers of %s", partition.id(), producer.producer())
            .hasSizeLessThanOrEqualTo(most);
      }
    }
  }

  private ModelSubscription subscription(String producer) {
    return byProducer.computeIfAbsent(
        producer,
        name ->
            subscriptions.stream()
                .filter(subscription -> subscription.hasProducer(name))
                .findFirst()
                .orElseThrow());
  }

  private void repeat(ModelPublisher publisher) {
    publisher.repeat(random.nextInt(publisher.partitions()));
  }

  private void passHours() {
    recorder.mark(Mark.HOURS_PASSED);
    network.pass(Duration.ofHours(random.nextInt(50)));
  }

  /**
   * Suspends a node for a day or two.
   *
   * <p>Its publishers then repeat all batches without a receipt. The network may deliver these much
   * later, and a publisher may crash meanwhile.
   */
  private void sleep(ModelNode node) {
    recorder.mark(Mark.NODE_SLEPT);
    recorder.tell(node, "sleeps");
    network.pass(Duration.ofHours(24 + random.nextInt(24)));
    for (ModelPublisher publisher : node.publishers()) {
      publisher.repeatAll();
      if (random.nextBoolean()) {
        network.holdBack(publisher);
      }
      if (random.nextBoolean()) {
        network.deliverAnswers(publisher);
      }
      if (random.nextBoolean()) {
        crash(publisher);
      }
    }
  }

  private void deliverLate() {
    network.deliverLate(
        sent -> {
          recorder.mark(Mark.BATCH_CAME_LATE);
          arrive(sent);
        });
  }

  private void cutOff() {
    boolean isCutOff = random.nextInt(3) == 0;
    recorder.mark(Mark.CUT_OFF, isCutOff ? 1 : 0);
    any(nodes).cutOff(isCutOff);
  }

  private void loseBatch() {
    network.loseBatch(
        sent -> recorder.fault(ChainFaults.BATCH_LOST, target(sent).phaseOf(sent.batch())));
  }

  private void loseReceipt() {
    network.loseAnswer(() -> recorder.fault(ChainFaults.RECEIPT_LOST, Phase.AFTER_ANSWER));
  }

  /** Starts a successor while the current worker continues. */
  private void replace(ModelSubscription subscription) {
    noteFault(ChainFaults.REPLACED_WORKER_CONTINUES, subscription.current());
    subscription.start(any(nodes));
  }

  private void replaceInOrder(ModelSubscription subscription) {
    if (!subscription.current().isEnding()) {
      recorder.mark(Mark.REPLACED_IN_ORDER);
      subscription.tell(subscription.current(), "is to leave");
      subscription.current().leave();
    }
  }

  private void crash(ModelSubscription subscription) {
    noteFault(ChainFaults.WORKER_CRASHES, subscription.current());
    subscription.tell(subscription.current(), "crashes");
    subscription.current().crash();
    subscription.start(any(nodes));
  }

  private void noteFault(FaultKind kind, ModelWorker worker) {
    if (!worker.isDead()) {
      recorder.fault(kind, worker.phase());
    }
  }

  private void crash(ModelNode node) {
    recorder.tell(node, "crashes");
    for (ModelSubscription subscription : subscriptions) {
      for (ModelWorker worker : subscription.workers()) {
        if (worker.node().equals(node.name())) {
          noteFault(ChainFaults.NODE_CRASHES, worker);
          worker.crash();
        }
      }
    }
    node.publishers().forEach(ModelPublisher::crash);
  }

  private void crash(ModelPublisher publisher) {
    recorder.tell("publisher", publisher, "crashes");
    recorder.fault(ChainFaults.PUBLISHER_CRASHES, phase(publisher));
    publisher.crash();
  }

  private Phase phase(ModelPublisher publisher) {
    Phase phase = Phase.UNKNOWN;
    for (ModelPartition partition : partitions.get(publisher.topic().name())) {
      OptionalLong number = publisher.underWay(partition.id().partition());
      if (number.isPresent()) {
        if (partition.hasStored(publisher.epoch(), number.getAsLong())) {
          return Phase.AFTER_WRITE;
        }
        phase = Phase.BEFORE_WRITE;
      }
    }
    return phase;
  }

  private void crash(ModelPartition partition) {
    recorder.tell(partition.id(), "crashes");
    recorder.fault(ChainFaults.PARTITION_CRASHES, partition.phase(network.isAnswering(partition)));
    partition.crash(random.nextBoolean());
  }

  private void reset(ModelSubscription subscription) {
    if (!subscription.current().isEnding() && !subscription.current().isSaving()) {
      long offset = random.nextInt((int) subscription.source().nextOffset() + 1);
      subscription.reset(offset, random.nextInt(3) == 0, fault());
    }
  }

  /**
   * Heals all faults, handles everything, publishes a few more messages, and checks the storage.
   *
   * <p>The healing is recorded only after the first catch-up. Until then a replaced worker may be
   * active, and partitions may refuse for ever what it publishes.
   */
  @Override
  public void drain() {
    healed = true;
    subscriptions.forEach(subscription -> subscription.relay().heal());
    nodes.forEach(node -> node.cutOff(false));
    catchUp();
    recorder.record(Operation.Healed::new);
    for (int i = 0; i < PUBLISHED_AFTERWARDS; i++) {
      String key = anySourceKey();
      int partition = Partitioner.partitionOf(key, topics.get(0).partitions());
      publishToSource(partition, List.of(key + "|" + ++sourceMessages));
    }
    catchUp();
    ledgers().forEach(ChainLedger::check);
    readAll();
  }

  private void catchUp() {
    for (int round = 0; !hasCaughtUp(); round++) {
      assertThat(round).as("rounds that it takes to drain").isLessThan(MAX_ROUNDS);
      drainRound();
    }
  }

  private void drainRound() {
    List<ModelSubscription> inAnyOrder = new ArrayList<>(subscriptions);
    Collections.shuffle(inAnyOrder, random);
    inAnyOrder.forEach(this::goOn);
    nodes.forEach(node -> node.publishers().forEach(ModelPublisher::repeatAll));
    for (int i = 0; i < 20; i++) {
      network.deliverBatch(false, this::arrive);
      deliverLate();
      allPartitions().forEach(partition -> partition.step(network.nowMillis(), Fault.NONE));
      network.deliverAnswer(false, ModelPublisher::receive);
    }
  }

  private Stream<ModelPartition> allPartitions() {
    return topics.stream().flatMap(topic -> partitions.get(topic.name()).stream());
  }

  private void goOn(ModelSubscription subscription) {
    subscription.ensureAlive(any(nodes));
    for (ModelWorker worker : List.copyOf(subscription.workers())) {
      worker.fetch(5);
      worker.redriveAny(random);
      runAnyKey(worker);
      for (int i = 0; i < 3; i++) {
        worker.endRequest(random, Fault.NONE);
      }
      worker.save();
      worker.goOnSaving(Fault.NONE);
    }
  }

  private boolean hasCaughtUp() {
    return network.isEmpty()
        && allPartitions().allMatch(ModelPartition::isIdle)
        && subscriptions.stream().allMatch(ModelSubscription::hasCaughtUp)
        && nodes.stream()
            .flatMap(node -> node.publishers().stream())
            .allMatch(ModelPublisher::isIdle);
  }

  /** Records the final contents of all partitions, and the effects of each stage. */
  private void readAll() {
    allPartitions().forEach(this::read);
    ledgers().forEach(ledger -> ledger.recordPassedOn(recorder));
    recorder.record(Operation.Ended::new);
  }

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
                  ModelSubscription.value(entry.message()),
                  entry.message().id()));
    }
    recorder.record(
        at ->
            new Operation.LogRead(
                at, "reader", id.topic(), id.partition(), partition.nextOffset()));
  }

  /**
   * Returns the ledger of each stage: the subscriptions to a topic, and the partitions of the next
   * one.
   */
  private List<ChainLedger> ledgers() {
    return IntStream.range(1, topics.size())
        .mapToObj(
            i ->
                new ChainLedger(
                    subscriptions.stream()
                        .filter(s -> s.source().id().topic().equals(topics.get(i - 1).name()))
                        .toList(),
                    partitions.get(topics.get(i).name())))
        .toList();
  }
}
