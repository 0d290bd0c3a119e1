package org.perille.internal.subscribe;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;

/** One run of a partition: recovers, takes over, stores batches one after the other. */
final class ModelPartition {
  private static final PartitionLog.LogLimits LIMITS =
      new PartitionLog.LogLimits(Duration.ofMinutes(10), 1000);

  /** Done when it is stored; known to be done when that is answered, too. */
  private record Write(
      PartitionEvent event,
      long sequenceNumber,
      Optional<ModelNetwork.Packet> batch,
      boolean stored) {
    Write nowStored() {
      return new Write(event, sequenceNumber, batch, true);
    }
  }

  private final Simulation simulation;
  private final ModelTopic topic;
  private final long number;
  private final ArrayDeque<ModelNetwork.Packet> arrived = new ArrayDeque<>();
  private Optional<PartitionLog> log = Optional.empty();
  private Optional<Write> write = Optional.empty();

  /** Where its events are stored, if that isn't modelled. */
  private final Optional<JournalNode> node;

  private Optional<CompletableFuture<Void>> answer = Optional.empty();

  /** The place of what it begins with: who takes over later has a higher one. */
  private long epoch;

  private boolean active;
  private boolean dead;

  /** By so much the clock of its node is wrong. */
  private long skewMillis;

  ModelPartition(Simulation simulation, ModelTopic topic, long number) {
    this.simulation = simulation;
    this.topic = topic;
    this.number = number;
    this.node = simulation.journal().map(StoredJournal::anyNode);
  }

  /** Returns whether it is a process's. */
  boolean isOn(JournalNode process) {
    return node.filter(own -> own == process).isPresent();
  }

  Optional<JournalNode> node() {
    return node;
  }

  @Override
  public String toString() {
    return "partition " + number;
  }

  /** The first offset that it doesn't know. */
  long end() {
    return active ? log.orElseThrow().nextOffset() : 0;
  }

  boolean isActive() {
    return active && !dead;
  }

  boolean isDead() {
    return dead;
  }

  boolean isIdle() {
    return write.isEmpty() && (dead || arrived.isEmpty());
  }

  /** Returns whether nothing more comes of it. */
  boolean isGone() {
    return dead && write.isEmpty();
  }

  /** What a fault hits that comes now. */
  Phase phase() {
    if (!active) {
      return Phase.RECOVERING;
    }
    if (write.isPresent()) {
      return write.get().stored ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE;
    }
    return simulation.network().isAnswering(this) ? Phase.AFTER_ANSWER : Phase.UNKNOWN;
  }

  /** An operator sets the clock of its node, by mistake or to put it right. */
  void setClock(long wrongByMillis) {
    skewMillis = wrongByMillis;
  }

  private long now() {
    return simulation.clock().millis() + skewMillis;
  }

  void arrive(ModelNetwork.Packet batch) {
    if (!dead) {
      arrived.add(batch);
    }
  }

  /** Lets one thing happen; false if nothing can. */
  boolean step() {
    if (write.isPresent()) {
      goOnWriting(write.get());
    } else if (dead) {
      return false;
    } else if (log.isEmpty()) {
      recover();
    } else if (!active) {
      epoch = log.orElseThrow().sequenceNumber() + 1;
      begin(new PartitionEvent.Activated(now(), "node"), Optional.empty());
    } else if (!arrived.isEmpty()) {
      take(arrived.poll());
    } else {
      return false;
    }
    return true;
  }

  /** One that is idle looks now and then whether it was replaced. */
  void checkFencing() {
    if (isActive()
        && write.isEmpty()
        && topic.events().size() > log.orElseThrow().sequenceNumber()) {
      simulation.tell(this, "was replaced");
      dead = true;
    }
  }

  private void recover() {
    PartitionLog recovered =
        simulation
            .partitionSnapshot()
            .map(stored -> PartitionLog.restore(LIMITS, stored))
            .orElseGet(() -> PartitionLog.empty(topic.id().partition(), LIMITS));
    simulation.journal().map(StoredJournal::read).orElseGet(topic::events).stream()
        .skip(recovered.sequenceNumber())
        .forEach(stored -> recovered.apply(stored.event()));
    log = Optional.of(recovered);
  }

  private void begin(PartitionEvent event, Optional<ModelNetwork.Packet> batch) {
    write = Optional.of(new Write(event, log.orElseThrow().sequenceNumber() + 1, batch, false));
  }

  private void take(ModelNetwork.Packet packet) {
    PartitionLog.Decision decision = log.orElseThrow().decide(packet.batch(), now());
    if (decision instanceof PartitionLog.Append append) {
      begin(append.event(), Optional.of(packet.withReceipt(append.receipt())));
    } else if (decision instanceof PartitionLog.Repeat repeat) {
      simulation.mark(Mark.BATCH_REPEATED);
      answer(packet, repeat.receipt());
    } else {
      simulation.mark(Mark.BATCH_OUTDATED);
    }
  }

  private void goOnWriting(Write next) {
    if (node.isPresent()) {
      goOnStoring(next, node.get());
      return;
    }
    write = Optional.empty();
    if (next.stored) {
      answered(next);
    } else {
      store(next);
    }
  }

  /** The write is in its node's queue, on its way, or answered. */
  private void goOnStoring(Write next, JournalNode process) {
    if (answer.isEmpty()) {
      answer =
          Optional.of(
              simulation
                  .journal()
                  .orElseThrow()
                  .store(
                      process,
                      topic.id().persistenceId(),
                      next.sequenceNumber,
                      next.event,
                      epoch,
                      () -> isStored(next)));
    } else if (answer.get().isDone()) {
      boolean failed = answer.get().isCompletedExceptionally();
      answer = Optional.empty();
      write = Optional.empty();
      simulation.tell(this, failed ? "can't store" : "knows that it has stored", next.event);
      if (failed) {
        dead = true;
      } else {
        answered(next);
      }
    } else if (!process.isBusy()) {
      simulation.violated(new AssertionError("a write to the journal is never answered"));
    } else {
      boolean unused = process.step();
    }
  }

  private void isStored(Write stored) {
    if (!topic.store(stored.sequenceNumber, stored.event, epoch)) {
      simulation.violated(
          new AssertionError(
              "event %d is stored though there are %d"
                  .formatted(stored.sequenceNumber, topic.events().size())));
      return;
    }
    write = write.map(Write::nowStored);
    if (stored.event instanceof PartitionEvent.Activated) {
      tookOver();
    }
  }

  private void store(Write ended) {
    ModelFault fault = simulation.fault();
    boolean stored = fault.stores() && topic.store(ended.sequenceNumber, ended.event, epoch);
    simulation.tell(this, stored ? "stored" : "did not store", ended.event);
    simulation.noteFault(DeliveryFaults.PARTITION_WRITE, fault, stored);
    if (stored && ended.event instanceof PartitionEvent.Activated) {
      tookOver();
    }
    if (stored && fault == ModelFault.NONE) {
      write = Optional.of(ended.nowStored());
    } else {
      dead = true;
    }
  }

  /** From now on no predecessor can append anything, whether or not it knows. */
  private void tookOver() {
    long end = log.orElseThrow().nextOffset();
    simulation.record(
        at ->
            new Operation.LogRecovered(at, topic.id().topic(), topic.id().partition(), epoch, end));
  }

  private void answered(Write ended) {
    if (dead) {
      return;
    }
    log.orElseThrow().apply(ended.event);
    if (ended.event instanceof PartitionEvent.Activated) {
      active = true;
    }
    ended.batch.ifPresent(packet -> answer(packet, packet.receipt().orElseThrow()));
  }

  private void answer(ModelNetwork.Packet packet, BatchReceipt receipt) {
    simulation.network().answer(this, packet.from(), receipt);
  }

  /** A snapshot of what it knows, if it knows anything. */
  Optional<PartitionSnapshot> takeSnapshot() {
    return isActive() && write.isEmpty() ? log.map(PartitionLog::snapshot) : Optional.empty();
  }

  /** Its process is gone. What it has begun to write may still be stored. */
  void crash() {
    dead = true;
    arrived.clear();
    // What is in the queue is stored, as long as its process is there.
    if (node.isPresent() || !simulation.fault().stores()) {
      write = Optional.empty();
    }
  }
}
