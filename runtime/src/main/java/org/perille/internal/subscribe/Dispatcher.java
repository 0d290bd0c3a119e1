package org.perille.internal.subscribe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;

/**
 * Decides for each message of a batch whether it is handled in order, later or never, and hands
 * those to the pool whose turn it is.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Dispatcher {
  /** Offsets that one write promises not to have been attempted before. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final CursorKeeper cursors;
  private final Deferral deferral;
  private final InFlight inFlight;
  private final OrderingMode groups;

  /** Below this offset a predecessor may have made attempts. */
  private final long redeliveredBelow;

  /** Below this offset a predecessor has made attempts at what one before may have attempted. */
  private final long possiblyAttemptedBelow;

  /** Messages below this offset were deferred, or are dead letters, and come in once more. */
  private final long knownBelow;

  /** Everything below this offset is finished, or in the pool, or was deferred. */
  private long fedBelow;

  private long acceptedBelow;

  /** Messages that wait to get into the pool until something is durable, in order. */
  private final ArrayDeque<List<PendingDelivery>> waiting = new ArrayDeque<>();

  private boolean closed;
  private boolean fullReported;

  /**
   * A dispatcher that has accepted nothing.
   *
   * @param nextOffset the first one that the cursor has not passed
   * @param knownBelow the end of what may be known of already when it comes
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

  /** Returns the offset up to which everything is finished, or in the pool, or was deferred. */
  long fedBelow() {
    return fedBelow;
  }

  /** Returns whether there is room for more. */
  boolean hasRoom() {
    boolean full =
        failures().deferredMessages() >= context.settings().maxDeferredMessages()
            && Math.max(fedBelow, acceptedBelow) >= knownBelow;
    if (full && !fullReported) {
      context.note(new WorkerNote.DeferredLimitReached(failures().deferredMessages()));
    }
    fullReported = full;
    return !full && inFlight.hasRoom();
  }

  /** Takes a batch in. */
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
   * Makes sure that a successor knows which messages may have been attempted. The first batch needs
   * it always, and so isn't handled before the worker is sure of its failure log.
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

  /** Defers a message if it isn't its turn. */
  private boolean defers(String group, LogEntry entry, long sequenceNumber) {
    long offset = entry.offset();
    // Below it two workers ended while a message may have been handled: from now on it is noted.
    boolean mustWait = isEarly(entry) || failures().holds(group) || offset < possiblyAttemptedBelow;
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

  /** Takes messages that are in order: those taken later must not overtake. */
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
   * Hands the messages to the pool that have waited longest. An ordering group may have been held
   * meanwhile: then its messages wait behind what holds it.
   */
  void admit(long below) {
    // Nothing is left if the worker has ended meanwhile.
    List<PendingDelivery> deliveries = waiting.isEmpty() ? List.of() : waiting.poll();
    List<PendingDelivery> inTurn = new ArrayList<>(deliveries.size());
    List<PendingDelivery> late = new ArrayList<>(0);
    deliveries.forEach(
        delivery -> (failures().holds(delivery.group()) ? late : inTurn).add(delivery));
    handle(inTurn);
    deferral.deferInFlight(late);
    fedBelow = Math.max(fedBelow, below);
  }

  /** Hands messages to the pool that were deferred. */
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
   * Records messages that no handler has got, and those that come from now on: their cursor has
   * passed them, and they must not be lost.
   *
   * @param untried the pool's
   */
  void keepUntried(List<PendingDelivery> untried) {
    closed = true;
    deferral.keepUntried(untried);
    waiting.forEach(deferral::keepUntried);
    waiting.clear();
  }

  /**
   * Records that nothing runs any more: what was accepted and isn't finished was not tried.
   *
   * @param abandoned whether a handler was ever given up, which may still run
   */
  void settle(boolean abandoned) {
    if (context.policy().recordsAttempts()
        && !abandoned
        && acceptedBelow > 0
        && acceptedBelow >= redeliveredBelow) {
      journal.record(new FailureEvent.Settled(acceptedBelow));
    }
  }

  /** Lets the pool begin nothing while it is paused or stopped by a dead letter. */
  void pauseOrGoOn() {
    context.add(new WorkerAction.PauseHandlers(isPaused()));
  }

  /** Returns whether nothing is to be begun. */
  boolean isPaused() {
    return failures().paused().isPresent() || failures().stoppedBy().isPresent();
  }
}
