package org.perille.internal.worker;

import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.cursor.SequenceIndex;
import org.perille.internal.failure.FailureState;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.partition.WorkerRequest;

/**
 * A worker's cursor: its current value, its durable value, and the changes to store next.
 *
 * <p><b>Threading</b>: used by the worker alone, unless said otherwise.
 */
@Pure
final class CursorKeeper {
  private final WorkerContext context;
  private final CursorPolicy policy;
  private final SequenceIndex marks;

  private Optional<Cursor> cursor = Optional.empty();
  private Optional<Cursor> durable = Optional.empty();

  /** The offsets that were finished when this worker began. */
  private OffsetSet finishedBefore = OffsetSet.NONE;

  /** The offsets that the cursor beside the effects may pass. Their write isn't requested yet. */
  private final Set<Long> passed = ConcurrentHashMap.newKeySet();

  /** The offsets whose passing is being written to the cursor beside the effects. */
  private volatile Set<Long> passing = Set.of();

  /** The offsets that were reopened since the write under way began. */
  private final List<Long> reopenedMeanwhile = new ArrayList<>();

  private boolean saving;
  private boolean dirty;
  private boolean wasReset;

  /** Creates a keeper without a cursor. */
  CursorKeeper(WorkerContext context, SequenceIndex marks) {
    this.context = context;
    this.policy = context.policy();
    this.marks = marks;
  }

  void recovered(Optional<Cursor> found) {
    cursor = found;
    durable = found;
    finishedBefore = found.map(Cursor::finished).orElse(OffsetSet.NONE);
  }

  /** Returns the current cursor, whether or not it is durable. */
  Optional<Cursor> cursor() {
    return cursor;
  }

  /** Returns the cursor that is durable. */
  Optional<Cursor> durable() {
    return durable;
  }

  /**
   * Returns whether a message is finished.
   *
   * <p>At-most-once passes a batch before it handles it. There, only messages count that were
   * finished when this worker began, as an earlier definition with another guarantee may have left
   * them.
   */
  boolean isFinished(long offset) {
    return policy.passesBeforeHandling()
        ? finishedBefore.contains(offset)
        : cursor.map(c -> c.isFinished(offset)).orElse(false);
  }

  /**
   * Returns whether no successor will handle a message.
   *
   * @param durableWhenDone whether the message's effect is durable before the cursor is
   */
  boolean isFinishedForGood(long offset, boolean durableWhenDone) {
    // The start of a subscription or generation isn't certain before it is durable.
    boolean hasBegun = durable.isPresent() && !wasReset;
    boolean tells = durableWhenDone && hasBegun;
    return tells
        ? isFinished(offset) && !passed.contains(offset) && !passing.contains(offset)
        : durable.map(c -> c.isFinished(offset)).orElse(false);
  }

  /** Begins a new subscription, or adds the log's mark to a cursor that has none. */
  void startsAt(long offset, long sequenceNumber, Optional<LogMark> mark) {
    if (cursor.isEmpty()) {
      Cursor begins = Cursor.startingAt(offset, sequenceNumber);
      cursor = Optional.of(mark.map(begins::marked).orElse(begins));
      save();
    } else if (mark.isPresent() && cursor.get().mark().isEmpty()) {
      cursor = cursor.map(c -> c.marked(mark.get()));
      if (policy.isStoredWithEffect()) {
        context.add(new WorkerAction.MarkCursor(mark.get()));
        return;
      }
      // At-most-once stores it with the next batch; a cursor in the journal is restored with it.
      dirty = policy.isStoredAfterHandling();
      context.add(WorkerAction.FlushLater.INSTANCE);
    }
  }

  /** Finishes the messages of a batch before they are handled. At-most-once only. */
  void passBatch(FeedBatch batch) {
    cursor = cursor.map(c -> c.passing(batch));
    save();
  }

  /**
   * Finishes messages. Has no effect after a reset: they don't belong to the generation that
   * begins.
   */
  void finish(Collection<Long> offsets) {
    if (!policy.passesBeforeHandling() && !wasReset) {
      cursor = cursor.map(c -> c.finish(offsets, marks));
      cursor.ifPresent(c -> marks.forgetBefore(c.nextOffset()));
      dirty = true;
      context.add(WorkerAction.FlushLater.INSTANCE);
    }
  }

  /** Lets the cursor pass messages whose outcome is durable in the failure log. */
  void pass(Collection<Long> offsets, FailureState failures) {
    List<Long> passable = offsets.stream().filter(offset -> isPassable(offset, failures)).toList();
    if (policy.isStoredWithEffect() && !wasReset) {
      passed.addAll(passable);
    }
    finish(passable);
  }

  /**
   * Returns the offsets that the next effect must make durable along with itself. Otherwise a crash
   * could bring them back after the effect. Called on any thread.
   */
  List<Long> passedBeforeNow() {
    List<Long> all = new ArrayList<>(passed);
    all.addAll(passing);
    return all;
  }

  /**
   * Returns whether the cursor may pass an offset. A message that was reopened for another attempt
   * must not be closed by an older outcome.
   */
  private boolean isPassable(long offset, FailureState failures) {
    return failures.deferred().at(offset).isEmpty()
        || !cursor.map(c -> c.open().contains(offset)).orElse(false);
  }

  /**
   * Stores that the effects of these messages haven't happened.
   *
   * @return whether the caller has to wait for the write; false if no cursor needs to know
   */
  boolean reopen(List<Long> offsets, RetryBatch batch) {
    if (!policy.isStoredWithEffect()) {
      return false;
    }
    // Before the write is requested: an effect that is committed later must not close them again.
    passed.removeAll(offsets);
    passing = passing.stream().filter(offset -> !offsets.contains(offset)).collect(toSet());
    cursor = cursor.map(c -> c.reopen(offsets));
    durable = durable.map(c -> c.reopen(offsets));
    if (saving) {
      reopenedMeanwhile.addAll(offsets);
    }
    context.add(new WorkerAction.ReopenCursor(offsets, batch));
    return true;
  }

  /**
   * Makes the finished offsets durable.
   *
   * @return the cursor, if it is durable already
   */
  Optional<Cursor> flush() {
    if (!dirty || saving) {
      return Optional.empty();
    }
    dirty = false;
    if (policy.isStoredAfterHandling()) {
      save();
    } else if (!passed.isEmpty()) {
      savePassed();
    } else {
      durable = cursor;
      return durable;
    }
    return Optional.empty();
  }

  private void savePassed() {
    saving = true;
    Set<Long> offsets = Collections.unmodifiableSet(new TreeSet<>(passed));
    passing = offsets;
    passed.clear();
    context.add(new WorkerAction.PassInCursor(List.copyOf(offsets)));
  }

  private void save() {
    saving = true;
    context.add(new WorkerAction.StoreCursor(cursor.orElseThrow()));
  }

  /** Notes that a cursor is durable. */
  void saved(Cursor now) {
    saving = false;
    passing = Set.of();
    // The write began before these offsets were reopened.
    durable = Optional.of(now.reopen(reopenedMeanwhile));
    reopenedMeanwhile.clear();
    if (dirty) {
      context.add(WorkerAction.FlushLater.INSTANCE);
    }
  }

  boolean isSaving() {
    return saving;
  }

  /** Returns whether messages are finished that a successor wouldn't know of. */
  boolean isBehind() {
    return dirty && (policy.isStoredAfterHandling() || !passed.isEmpty());
  }

  /**
   * Begins the next generation.
   *
   * @param unhandled offsets that the cursor may have passed although they weren't handled; they
   *     must not be suppressed
   * @return the number of messages that come again and were handled
   */
  long reset(WorkerRequest.Reset request, Collection<Long> unhandled) {
    wasReset = true;
    Cursor handled = cursor.orElseThrow().without(unhandled);
    cursor =
        Optional.of(
            handled.reset(
                request.resetId(),
                request.offset(),
                request.sequenceNumber(),
                request.publishAgain()));
    save();
    return handled.handled().countFrom(request.offset());
  }
}
