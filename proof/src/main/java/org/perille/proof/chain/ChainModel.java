package org.perille.proof.chain;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.internal.effect.EffectCodec;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionId;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.RunRecorder;
import org.perille.proof.simulation.Step;
import org.perille.proof.simulation.World;
import org.perille.testkit.history.Operation;

/**
 * A chain of topics with an event-sourced subscription between each two, made of the real
 * decisions.
 *
 * <p>Storage, network, time and the order of all steps are chosen at random. Each seed makes one
 * scenario.
 */
final class ChainModel implements World.Scenario {
  /** The number of messages published after healing, enough for each partition to receive some. */
  private static final int PUBLISHED_AFTERWARDS = 5;

  /** A limit far above the number of rounds that a healthy chain needs. */
  private static final int MAX_ROUNDS = 1_000;

  private final Choices random;
  private final RunRecorder recorder;
  private final ModelNetwork network;
  private final Chain chain;
  private final ChainTraffic traffic;
  private final SourceApplication application;
  private final FaultInjector faults;
  private final List<Step> steps;

  ChainModel(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
    this.random = choices;
    this.recorder = recorder;
    this.network = new ModelNetwork(random);
    EffectCodec codec = new EffectCodec(system);
    this.chain = new Chain(random, system, recorder, network, codec);
    this.traffic = new ChainTraffic(random, recorder, chain, network);
    this.application = new SourceApplication(random, recorder, chain, codec);
    this.faults = new FaultInjector(random, recorder, chain, network);
    this.steps = steps(random.nextInt(4), random.nextInt(3) * random.nextInt(5));
  }

  private List<Step> steps(int faulty, int resets) {
    return List.of(
        new Step(40, application::publishAny),
        new Step(150, () -> chain.anyWorker().fetch(1 + random.nextInt(8))),
        new Step(300, () -> runAnyKey(chain.anyWorker())),
        new Step(600, () -> chain.anyWorker().endRequest(random, faults.ofWrite())),
        new Step(60, () -> chain.anyWorker().save()),
        new Step(120, () -> chain.anyWorker().goOnSaving(faults.ofWrite())),
        new Step(400, () -> chain.anyPartition().step(network.nowMillis(), faults.ofWrite())),
        new Step(200, () -> traffic.deliverBatch(random.nextInt(4) == 0)),
        new Step(200, () -> traffic.deliverReceipt(random.nextInt(8) == 0)),
        new Step(60, () -> traffic.repeat(chain.anyPublisher())),
        new Step(30, () -> chain.anySubscription().ensureAlive(chain.anyNode())),
        new Step(20, () -> chain.anyPartition().takeSnapshot()),
        new Step(50, () -> network.pass(Duration.ofSeconds(random.nextInt(100)))),
        new Step(20, traffic::deliverLate),
        new Step(faulty, faults::passHours),
        new Step(3 * faulty, () -> faults.sleep(chain.anyNode())),
        new Step(10 * faulty, traffic::loseBatch),
        new Step(10 * faulty, traffic::loseReceipt),
        new Step(3 * faulty, () -> faults.replace(chain.anySubscription())),
        new Step(2 * faulty, () -> faults.crash(chain.anySubscription())),
        new Step(faulty, () -> faults.crash(chain.anyPublisher())),
        new Step(faulty, () -> faults.crash(chain.anyNode())),
        new Step(4 * faulty, () -> faults.crash(chain.anyPartition())),
        new Step(5 * faulty, faults::cutOff),
        new Step(2 * faulty, () -> chain.anySubscription().relay().poison(chain.anyKey())),
        new Step(2 * faulty, () -> chain.anySubscription().relay().heal()),
        new Step(10, () -> chain.anyWorker().redriveAny(random)),
        new Step(3, () -> replaceInOrder(chain.anySubscription())),
        new Step(resets, () -> reset(chain.anySubscription())));
  }

  @Override
  public void run(int count) {
    for (int i = 0; i < count; i++) {
      Step.any(steps, random).action().run();
      chain.anySubscription().forgetIdleWorkers();
    }
  }

  private void runAnyKey(ModelWorker worker) {
    List<String> ready = worker.readyKeys();
    if (!worker.isEnding() && !ready.isEmpty()) {
      worker.run(random.any(ready), 1 + random.nextInt(5));
    }
  }

  private void replaceInOrder(ModelSubscription subscription) {
    if (!subscription.current().isEnding()) {
      recorder.mark(Mark.REPLACED_IN_ORDER);
      subscription.tell(subscription.current(), "is to leave");
      subscription.current().leave();
    }
  }

  private void reset(ModelSubscription subscription) {
    if (!subscription.current().isEnding() && !subscription.current().isSaving()) {
      long offset = random.nextInt((int) subscription.source().nextOffset() + 1);
      subscription.reset(offset, random.nextInt(3) == 0, faults.ofWrite());
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
    faults.heal();
    catchUp();
    recorder.record(Operation.Healed::new);
    for (int i = 0; i < PUBLISHED_AFTERWARDS; i++) {
      application.publishOne();
    }
    catchUp();
    List<ChainLedger> ledgers = chain.ledgers();
    ledgers.forEach(ChainLedger::check);
    chain.partitions().forEach(this::read);
    ledgers.forEach(ledger -> ledger.recordPassedOn(recorder));
    recorder.record(Operation.Ended::new);
  }

  private void catchUp() {
    for (int round = 0; !hasCaughtUp(); round++) {
      assertThat(round).as("rounds that it takes to drain").isLessThan(MAX_ROUNDS);
      drainRound();
    }
  }

  private void drainRound() {
    List<ModelSubscription> inAnyOrder = new ArrayList<>(chain.subscriptions());
    Collections.shuffle(inAnyOrder, random);
    inAnyOrder.forEach(this::goOn);
    chain.publishers().forEach(ModelPublisher::repeatAll);
    for (int i = 0; i < 20; i++) {
      traffic.deliverBatch(false);
      traffic.deliverLate();
      chain.partitions().forEach(partition -> partition.step(network.nowMillis(), Fault.NONE));
      traffic.deliverReceipt(false);
    }
  }

  private void goOn(ModelSubscription subscription) {
    subscription.ensureAlive(chain.anyNode());
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
        && chain.partitions().allMatch(ModelPartition::isIdle)
        && chain.subscriptions().stream().allMatch(ModelSubscription::hasCaughtUp)
        && chain.publishers().allMatch(ModelPublisher::isIdle);
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
                  ModelSubscription.value(entry.message()),
                  entry.message().id()));
    }
    recorder.record(
        at ->
            new Operation.LogRead(
                at, "reader", id.topic(), id.partition(), partition.nextOffset()));
  }
}
