package org.perille.proof.delivery;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.perille.internal.feed.TailCache;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.partition.Feeds;
import org.perille.internal.partition.PartitionLog;
import org.perille.internal.partition.PartitionSnapshot;
import org.perille.internal.settings.LogLimits;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;

/** One run of a partition. It recovers, takes over, and stores batches one after the other. */
final class ModelPartition {
  private static final LogLimits LIMITS =
      new LogLimits(Duration.ofHours(10), 1000).withMaxKnownKeys(2);

  /** A write. It is done when it is stored, and known to be done when it is answered. */
  private record Write(
      PartitionEvent event,
      long sequenceNumber,
      Optional<ModelNetwork.Packet> batch,
      boolean stored) {
    Write nowStored() {
      return new Write(event, sequenceNumber, batch, true);
    }
  }

  private record TailRequest(ModelFeed feed, long offset) {}

  private final Simulation simulation;
  private final ModelTopic topic;
  private final long number;
  private final ArrayDeque<ModelNetwork.Packet> arrived = new ArrayDeque<>();
  private final Feeds<ModelFeed> feeds = new Feeds<>();
  private final TailCache tail;

  /** The requests for messages that aren't appended yet. */
  private final List<TailRequest> waiting = new ArrayList<>();

  private Optional<PartitionLog> log = Optional.empty();
  private Optional<Write> write = Optional.empty();

  /** The node whose journal stores the events. Empty if the journal is only modelled. */
  private final Optional<JournalNode> node;

  private Optional<CompletableFuture<Void>> answer = Optional.empty();

  /** The sequence number of the activation. A later run has a higher one. */
  private long epoch;

  private boolean active;
  private boolean dead;

  /** The error of the node's clock. */
  private long skewMillis;

  ModelPartition(Simulation simulation, ModelTopic topic, long number) {
    this.simulation = simulation;
    this.topic = topic;
    this.number = number;
    this.tail = new TailCache(simulation.feeds().tailBytes(), simulation.feeds().tailAge());
    this.node = simulation.journal().map(StoredJournal::anyNode);
  }

  /** Returns whether the partition is on a node. */
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

  /** Returns the first offset that the partition doesn't know. */
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

  /** Returns whether the run is dead, with no write under way. */
  boolean isGone() {
    return dead && write.isEmpty();
  }

  /** Returns the phase of the partition, for a fault that hits it now. */
  Phase phase() {
    if (!active) {
      return Phase.RECOVERING;
    }
    if (write.isPresent()) {
      return write.get().stored ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE;
    }
    return simulation.network().isAnswering(this) ? Phase.AFTER_ANSWER : Phase.UNKNOWN;
  }

  /** Sets the clock of the node, as an operator does, by mistake or to correct it. */
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

  /**
   * Takes one step.
   *
   * @return false if there is nothing to do
   */
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

  /** Checks whether the partition was replaced, as an idle one does from time to time. */
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
            .partitions()
            .snapshot()
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

  /** Continues a write that is in its node's queue, under way, or answered. */
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
    ModelFault fault = simulation.faults().ofWrite();
    boolean stored = fault.stores() && topic.store(ended.sequenceNumber, ended.event, epoch);
    simulation.tell(this, stored ? "stored" : "did not store", ended.event);
    simulation.faults().note(DeliveryFaults.PARTITION_WRITE, fault, stored);
    if (stored && ended.event instanceof PartitionEvent.Activated) {
      tookOver();
    }
    if (stored && fault == ModelFault.NONE) {
      write = Optional.of(ended.nowStored());
    } else {
      dead = true;
    }
  }

  /**
   * Records the takeover. From now on no predecessor can append anything, even if it doesn't know.
   */
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
    } else if (ended.event instanceof PartitionEvent.BatchAppended batch) {
      tail.append(ended.sequenceNumber, batch);
      List<TailRequest> requests = List.copyOf(waiting);
      waiting.clear();
      requests.forEach(request -> readTail(request.feed, request.offset));
    }
    ended.batch.ifPresent(packet -> answer(packet, packet.receipt().orElseThrow()));
  }

  // The feeds

  /** Receives a request to be fed. The partition must be active. */
  void attach(FeedRequest request) {
    PartitionLog known = log.orElseThrow();
    String subscription = simulation.setup().subscription().name();
    Feeds.Decision<ModelFeed> decision =
        feeds.requested(
            subscription, request.epoch(), request.session(), request.from(), known.nextOffset());
    if (decision instanceof Feeds.AnswerAgain<ModelFeed> again) {
      simulation.mark(Mark.FEED_ANSWERED_AGAIN);
      again.feed().answerAgain();
    } else if (decision instanceof Feeds.Start<ModelFeed> start) {
      start.replaced().ifPresent(ModelFeed::stop);
      ModelFeed feed =
          new ModelFeed(simulation, this, request, known.nextOffset(), known.sequenceNumber());
      feeds.started(subscription, request.epoch(), request.session(), feed);
      feed.begin();
    }
  }

  /** Ends a feed. */
  void ended(ModelFeed feed) {
    feed.stop();
    waiting.removeIf(request -> request.feed == feed);
    boolean unused = feeds.ended(simulation.setup().subscription().name(), feed);
  }

  /** Answers a feed that requests the messages from an offset on, now or once there are some. */
  void readTail(ModelFeed feed, long offset) {
    PartitionLog known = log.orElseThrow();
    if (offset >= known.nextOffset()) {
      waiting.add(new TailRequest(feed, offset));
      return;
    }
    tail.read(offset, simulation.feeds().limits())
        .ifPresentOrElse(
            feed::tailAvailable,
            () -> feed.tailMissed(tail.firstSequenceNumber(known.sequenceNumber() + 1) - 1));
  }

  /**
   * Ends something slow of the feed, or the feed if its worker has gone.
   *
   * @return false if there is nothing to do
   */
  boolean stepOfFeed() {
    Optional<ModelFeed> feed =
        dead ? Optional.empty() : feeds.of(simulation.setup().subscription().name());
    if (feed.filter(ModelFeed::isOrphaned).isPresent()) {
      ended(feed.get());
      return true;
    }
    if (feed.filter(ModelFeed::hasSlow).isPresent()) {
      feed.get().endSlow();
      return true;
    }
    return false;
  }

  private void answer(ModelNetwork.Packet packet, BatchReceipt receipt) {
    simulation.network().answer(this, packet.from(), receipt);
  }

  /** Returns a snapshot of the state, if the partition is active and idle. */
  Optional<PartitionSnapshot> takeSnapshot() {
    return isActive() && write.isEmpty() ? log.map(PartitionLog::snapshot) : Optional.empty();
  }

  /** Crashes the partition. A write that has begun may still be stored. */
  void crash() {
    dead = true;
    arrived.clear();
    // The journal stores its queue as long as its process runs.
    if (node.isPresent() || !simulation.faults().ofWrite().stores()) {
      write = Optional.empty();
    }
  }
}
