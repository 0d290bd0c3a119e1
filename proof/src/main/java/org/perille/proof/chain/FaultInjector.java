package org.perille.proof.chain;

import java.time.Duration;
import java.util.OptionalLong;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/** Injects faults into a chain: failed writes, crashes, sleeping nodes, and cut connections. */
final class FaultInjector {
  private static final int WRITES_PER_FAULT = 25;

  private final Choices random;
  private final RunRecorder recorder;
  private final Chain chain;
  private final ModelNetwork network;
  private boolean healed;

  FaultInjector(Choices random, RunRecorder recorder, Chain chain, ModelNetwork network) {
    this.random = random;
    this.recorder = recorder;
    this.chain = chain;
    this.network = network;
  }

  /** Ends all faults. */
  void heal() {
    healed = true;
    chain.subscriptions().forEach(subscription -> subscription.relay().heal());
    chain.nodes().forEach(node -> node.cutOff(false));
  }

  /** Returns the outcome of the next write. */
  Fault ofWrite() {
    return healed || random.nextInt(WRITES_PER_FAULT) > 0
        ? Fault.NONE
        : random.nextBoolean() ? Fault.BEFORE : Fault.AFTER;
  }

  void passHours() {
    recorder.mark(Mark.HOURS_PASSED);
    network.pass(Duration.ofHours(random.nextInt(50)));
  }

  /**
   * Suspends a node for a day or two.
   *
   * <p>Its publishers then repeat all batches without a receipt. The network may deliver these much
   * later, and a publisher may crash meanwhile.
   */
  void sleep(ModelNode node) {
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

  /** Cuts a random node off, or connects it again. */
  void cutOff() {
    boolean isCutOff = random.nextInt(3) == 0;
    recorder.mark(Mark.CUT_OFF, isCutOff ? 1 : 0);
    chain.anyNode().cutOff(isCutOff);
  }

  /** Starts a successor while the current worker continues. */
  void replace(ModelSubscription subscription) {
    note(ChainFaults.REPLACED_WORKER_CONTINUES, subscription.current());
    subscription.start(chain.anyNode());
  }

  void crash(ModelSubscription subscription) {
    note(ChainFaults.WORKER_CRASHES, subscription.current());
    subscription.tell(subscription.current(), "crashes");
    subscription.current().crash();
    subscription.start(chain.anyNode());
  }

  private void note(FaultKind kind, ModelWorker worker) {
    if (!worker.isDead()) {
      recorder.fault(kind, worker.phase());
    }
  }

  void crash(ModelNode node) {
    recorder.tell(node, "crashes");
    for (ModelSubscription subscription : chain.subscriptions()) {
      for (ModelWorker worker : subscription.workers()) {
        if (worker.node().equals(node.name())) {
          note(ChainFaults.NODE_CRASHES, worker);
          worker.crash();
        }
      }
    }
    node.publishers().forEach(ModelPublisher::crash);
  }

  void crash(ModelPublisher publisher) {
    recorder.tell("publisher", publisher, "crashes");
    recorder.fault(ChainFaults.PUBLISHER_CRASHES, phase(publisher));
    publisher.crash();
  }

  private Phase phase(ModelPublisher publisher) {
    Phase phase = Phase.UNKNOWN;
    for (ModelPartition partition : chain.partitions(publisher.topic().name())) {
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

  void crash(ModelPartition partition) {
    recorder.tell(partition.id(), "crashes");
    recorder.fault(ChainFaults.PARTITION_CRASHES, partition.phase(network.isAnswering(partition)));
    partition.crash(random.nextBoolean());
  }
}
