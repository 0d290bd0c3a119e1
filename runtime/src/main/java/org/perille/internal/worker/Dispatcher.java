package org.perille.internal.worker;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.perille.internal.Pure;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;

/**
 * Decides for each message of a batch: handle it in order, defer it, or ignore it.
 *
 * <p>It hands the messages whose turn it is to the pool.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class Dispatcher {
  /** The number of offsets by which one write raises the attempt high watermark. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final CursorKeeper cursors;
  private final Deferral deferral;
  private final InFlight inFlight;
  private final OrderingMode groups;

  /** A predecessor may have attempted messages below this offset. */
  private final long redeliveredBelow;

  /**
   * A predecessor has attempted messages below this offset although its own predecessor may have
   * done so.
   */
  private final long possiblyAttemptedBelow;

  /** Messages below this offset may be deferred or dead letters already when they are fed. */
  private final long knownBelow;

  /** Every message below this offset is finished, in the pool, or deferred. */
  private long fedBelow;

  private long acceptedBelow;

  /** Batches that wait, in order, to enter the pool until a write is durable. */
  private final ArrayDeque<List<PendingDelivery>> waiting = new ArrayDeque<>();

  private boolean closed;
  private boolean fullReported;

  /**
   * Creates a dispatcher that has accepted nothing.
   *
   * @param nextOffset the first offset that the cursor hasn't passed
   * @param knownBelow the end of the offsets that the failure log may know already
   */
  Dispatcher(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      CursorKeeper cursors,
      Deferral deferral,
      InFlight inFlight,
      long nextOffset,
      long knownBelow) {
    this.context = context;
    this.journal = journal;
    this.cursors = cursors;
    this.deferral = deferral;
    this.inFlight = inFlight;
    this.groups = OrderingMode.of(context.subscription());
    this.fedBelow = nextOffset;
    this.knownBelow = knownBelow;
    this.redeliveredBelow =
        context.policy().recordsAttempts() ? journal.failures().attemptHighWatermark() : 0;
    this.possiblyAttemptedBelow = journal.failures().possiblyAttemptedBelow();
  }

  private FailureState failures() {
    return journal.failures();
  }

  /** Returns the offset below which every message is finished, in the pool, or deferred. */
  long fedBelow() {
    return fedBelow;
  }

  /** Returns whether another batch may be requested. */
  boolean hasRoom() {
    boolean full =
        failures().deferred().size() >= context.settings().maxDeferredMessages()
            && Math.max(fedBelow, acceptedBelow) >= knownBelow;
    if (full && !fullReported) {
      context.note(new WorkerNote.DeferredLimitReached(failures().deferred().size()));
    }
    fullReported = full;
    return !full && inFlight.hasRoom();
  }

  /** Accepts a batch. */
  void accept(FeedBatch batch) {
    List<PendingDelivery> deliveries = new ArrayList<>(batch.entries().size());
    List<Long> passed = new ArrayList<>(0);
    boolean mustBeDurable = reserve(batch) || journal.isDiscarding();
    for (LogEntry entry : batch.entries()) {
      long offset = entry.offset();
      if (cursors.isFinished(offset)) {
        continue;
      }
      String group = groups.of(entry);
      if (offset < knownBelow && failures().knows(offset)) {
        passed.add(offset);
      } else if (defers(group, entry, batch.sequenceNumber())) {
        passed.add(offset);
      } else {
        deliveries.add(
            new PendingDelivery(
                entry,
                group,
                batch.sequenceNumber(),
                offset < redeliveredBelow
                    ? PendingDelivery.Past.UNKNOWN
                    : PendingDelivery.Past.NONE));
      }
    }
    acceptedBelow = Math.max(acceptedBelow, batch.endOffset());
    if (!passed.isEmpty()) {
      journal.onceDurable(new AfterDurable.AdvanceCursor(passed));
    }
    take(deliveries, acceptedBelow, mustBeDurable);
  }

  /**
   * Records which messages may be attempted from now on, so that a successor knows.
   *
   * <p>The first batch always needs a write. Therefore the worker handles nothing before it is sure
   * of its failure log.
   *
   * @return whether the batch must wait for a write
   */
  private boolean reserve(FeedBatch batch) {
    if (!context.policy().recordsAttempts()) {
      return false;
    }
    boolean reserves = batch.endOffset() > failures().attemptHighWatermark();
    if (reserves) {
      journal.record(new FailureEvent.AttemptHighWatermark(batch.endOffset() + ATTEMPTS_RESERVED));
    }
    boolean possiblyAttempted = batch.firstOffset() < redeliveredBelow;
    if (possiblyAttempted) {
      journal.record(
          new FailureEvent.PossiblyAttemptedBegun(Math.min(batch.endOffset(), redeliveredBelow)));
    }
    return reserves || possiblyAttempted;
  }

  /** Defers a message that must wait; returns whether it did. */
  private boolean defers(String group, LogEntry entry, long sequenceNumber) {
    long offset = entry.offset();
    // Below this offset two workers ended while a message may have been handled. From now on each
    // attempt is recorded.
    boolean mustWait =
        isEarly(entry) || failures().deferred().holds(group) || offset < possiblyAttemptedBelow;
    if (mustWait) {
      deferral.defer(
          new FailureEvent.Position(group, offset, sequenceNumber),
          entry,
          offset < redeliveredBelow);
    }
    return mustWait;
  }

  private boolean isEarly(LogEntry entry) {
    long notBefore = entry.message().times().notBefore();
    return notBefore != 0 && notBefore > context.now();
  }

  /** Accepts messages in order. If some have to wait for a write, later ones wait behind them. */
  private void take(List<PendingDelivery> deliveries, long below, boolean mustBeDurable) {
    inFlight.enter(deliveries);
    if (closed) {
      deferral.keepUntried(deliveries);
    } else if (mustBeDurable || !waiting.isEmpty()) {
      waiting.add(deliveries);
      journal.whenDurable(new AfterDurable.Admit(below));
    } else {
      handle(deliveries);
      fedBelow = Math.max(fedBelow, below);
    }
  }

  /**
   * Hands the longest waiting messages to the pool. If an ordering group is held meanwhile, its
   * messages are deferred behind the one that holds it.
   */
  void admit(long below) {
    // The queue is empty if the worker has stopped meanwhile.
    List<PendingDelivery> deliveries = waiting.isEmpty() ? List.of() : waiting.poll();
    List<PendingDelivery> inTurn = new ArrayList<>(deliveries.size());
    List<PendingDelivery> late = new ArrayList<>(0);
    deliveries.forEach(
        delivery -> (failures().deferred().holds(delivery.group()) ? late : inTurn).add(delivery));
    handle(inTurn);
    deferral.deferInFlight(late);
    fedBelow = Math.max(fedBelow, below);
  }

  /** Hands deferred messages to the pool. */
  void handleAgain(List<PendingDelivery> deliveries) {
    inFlight.enter(deliveries);
    handle(deliveries);
  }

  private void handle(List<PendingDelivery> deliveries) {
    if (!deliveries.isEmpty()) {
      context.add(new WorkerAction.Handle(deliveries));
    }
  }

  /**
   * Defers the messages that no handler has received, and all that arrive from now on. The cursor
   * has passed them, and they must not be lost.
   *
   * @param untried the messages of the pool that no handler has received
   */
  void keepUntried(List<PendingDelivery> untried) {
    closed = true;
    deferral.keepUntried(untried);
    waiting.forEach(deferral::keepUntried);
    waiting.clear();
  }

  /**
   * Records that no handler runs any more: accepted messages that aren't finished were not
   * attempted.
   *
   * @param abandoned whether an invocation was ever abandoned, which may still run
   */
  void settle(boolean abandoned) {
    if (context.policy().recordsAttempts()
        && !abandoned
        && acceptedBelow > 0
        && acceptedBelow >= redeliveredBelow) {
      journal.record(new FailureEvent.Settled(acceptedBelow));
    }
  }

  /**
   * Pauses the pool while an operator has paused it or a dead letter stops it; resumes it
   * otherwise.
   */
  void pauseOrGoOn() {
    context.add(new WorkerAction.PauseHandlers(isPaused()));
  }

  /** Returns whether the pool must not start handlers. */
  boolean isPaused() {
    return failures().paused().isPresent() || failures().stoppedBy().isPresent();
  }
}
