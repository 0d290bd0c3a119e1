package org.perille.internal.subscribe;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;

/**
 * Decides for each message of a batch whether it is handled in its turn, later or never, and hands
 * those to the pool whose turn it is.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Dispatcher {
  /** Offsets that one write promises not to have been attempted before. */
  private static final int ATTEMPTS_RESERVED = 20_000;

  private final WorkerContext context;
  private final FailureBook<AfterDurable> book;
  private final CursorKeeper cursors;
  private final Deferral deferral;
  private final InFlight inFlight;
  private final Units units;

  /** Below this offset a predecessor may have made attempts. */
  private final long redeliveredBelow;

  /** Below this offset a predecessor has made attempts at what one before may have attempted. */
  private final long suspectsBelow;

  /** Messages below this offset were deferred, or are dead letters, and come in once more. */
  private final long knownBelow;

  /** Everything below this offset is finished, or in the pool, or was deferred. */
  private long fedBelow;

  private long acceptedBelow;

  /** Messages that wait to get into the pool until something is durable, in order. */
  private final ArrayDeque<List<Work>> waiting = new ArrayDeque<>();

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
      FailureBook<AfterDurable> book,
      CursorKeeper cursors,
      Deferral deferral,
      InFlight inFlight,
      long nextOffset,
      long knownBelow) {
    this.context = context;
    this.book = book;
    this.cursors = cursors;
    this.deferral = deferral;
    this.inFlight = inFlight;
    this.units = Units.of(context.subscription());
    this.fedBelow = nextOffset;
    this.knownBelow = knownBelow;
    this.redeliveredBelow =
        context.policy().recordsAttempts() ? book.failures().reservedBelow() : 0;
    this.suspectsBelow = book.failures().suspectsBelow();
  }

  private Failures failures() {
    return book.failures();
  }

  /** Returns the offset up to which everything is finished, or in the pool, or was deferred. */
  long fedBelow() {
    return fedBelow;
  }

  /** Returns whether there is room for more. */
  boolean hasRoom() {
    boolean full =
        failures().heldMessages() >= context.settings().maxMessagesAside()
            && Math.max(fedBelow, acceptedBelow) >= knownBelow;
    if (full && !fullReported) {
      context.note(new WorkerNote.DeferredLimitReached(failures().heldMessages()));
    }
    fullReported = full;
    return !full && inFlight.hasRoom();
  }

  /** Takes a batch in. */
  void accept(FeedBatch batch) {
    List<Work> works = new ArrayList<>(batch.entries().size());
    List<Long> passed = new ArrayList<>(0);
    boolean mustBeDurable = reserve(batch) || book.isDiscarding();
    for (LogEntry entry : batch.entries()) {
      long offset = entry.offset();
      if (cursors.isFinished(offset)) {
        continue;
      }
      String unit = units.of(entry);
      if (offset < knownBelow && failures().knows(offset)) {
        passed.add(offset);
      } else if (defers(unit, entry, batch.sequenceNumber())) {
        passed.add(offset);
      } else {
        works.add(
            new Work(
                entry,
                unit,
                batch.sequenceNumber(),
                offset < redeliveredBelow ? Work.Past.UNKNOWN : Work.Past.NONE));
      }
    }
    acceptedBelow = Math.max(acceptedBelow, batch.endOffset());
    if (!passed.isEmpty()) {
      book.onceDurable(new AfterDurable.AdvanceCursor(passed));
    }
    take(works, acceptedBelow, mustBeDurable);
  }

  /**
   * Makes sure that a successor knows which messages may have been attempted. The first batch needs
   * it always, and so isn't handled before the worker is sure of its failure log.
   */
  private boolean reserve(FeedBatch batch) {
    if (!context.policy().recordsAttempts()) {
      return false;
    }
    boolean reserves = batch.endOffset() > failures().reservedBelow();
    if (reserves) {
      book.record(new Change.Reserved(batch.endOffset() + ATTEMPTS_RESERVED));
    }
    boolean suspects = batch.firstOffset() < redeliveredBelow;
    if (suspects) {
      book.record(new Change.SuspectsBegun(Math.min(batch.endOffset(), redeliveredBelow)));
    }
    return reserves || suspects;
  }

  /** Defers a message if it isn't its turn. */
  private boolean defers(String unit, LogEntry entry, long sequenceNumber) {
    long offset = entry.offset();
    // Below it two workers ended while a message may have been handled: from now on it is noted.
    boolean mustWait = isEarly(entry) || failures().holds(unit) || offset < suspectsBelow;
    if (mustWait) {
      deferral.defer(
          new Change.Place(unit, offset, sequenceNumber), entry, offset < redeliveredBelow);
    }
    return mustWait;
  }

  private boolean isEarly(LogEntry entry) {
    long notBefore = entry.message().times().notBefore();
    return notBefore != 0 && notBefore > context.now();
  }

  /** Takes messages that are in their turn: those taken later must not overtake. */
  private void take(List<Work> works, long below, boolean mustBeDurable) {
    inFlight.enter(works);
    if (closed) {
      deferral.keepUntried(works);
    } else if (mustBeDurable || !waiting.isEmpty()) {
      waiting.add(works);
      book.whenDurable(new AfterDurable.Admit(below));
    } else {
      handle(works);
      fedBelow = Math.max(fedBelow, below);
    }
  }

  /**
   * Hands the messages to the pool that have waited longest. A unit may have been held meanwhile:
   * then its messages wait behind what holds it.
   */
  void admit(long below) {
    // Nothing is left if the worker has ended meanwhile.
    List<Work> works = waiting.isEmpty() ? List.of() : waiting.poll();
    List<Work> inTurn = new ArrayList<>(works.size());
    List<Work> late = new ArrayList<>(0);
    works.forEach(work -> (failures().holds(work.unit()) ? late : inTurn).add(work));
    handle(inTurn);
    deferral.deferInFlight(late);
    fedBelow = Math.max(fedBelow, below);
  }

  /** Hands messages to the pool that were deferred. */
  void handleAgain(List<Work> works) {
    inFlight.enter(works);
    handle(works);
  }

  private void handle(List<Work> works) {
    if (!works.isEmpty()) {
      context.add(new WorkerAction.Handle(works));
    }
  }

  /**
   * Records messages that no handler has got, and those that come from now on: their cursor has
   * passed them, and they must not be lost.
   *
   * @param untried the pool's
   */
  void keepUntried(List<Work> untried) {
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
      book.record(new Change.Settled(acceptedBelow));
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
