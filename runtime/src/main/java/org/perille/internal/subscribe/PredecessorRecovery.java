package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;

/**
 * Decides about attempts that a predecessor has begun and not ended.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class PredecessorRecovery {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final FailurePolicy failurePolicy;
  private final CursorKeeper cursors;
  private boolean complete;

  PredecessorRecovery(
      WorkerContext context,
      FailureJournal<AfterDurable> journal,
      FailurePolicy failurePolicy,
      CursorKeeper cursors) {
    this.context = context;
    this.journal = journal;
    this.failurePolicy = failurePolicy;
    this.cursors = cursors;
  }

  private FailureState failures() {
    return journal.failures();
  }

  /**
   * Records what has become of a predecessor's attempts.
   *
   * @return offsets that the cursor may pass, and may not have passed durably
   */
  List<Long> recover(Optional<Cursor> cursor) {
    Generation generation =
        cursor.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0));
    if (failures().generation() < generation.number()) {
      journal.record(new FailureEvent.GenerationBegun(generation.number(), generation.start()));
    }
    failures().deferred().forEach(this::recover);
    journal.record(new FailureEvent.AttemptHighWatermark(failures().attemptHighWatermark()));
    List<Long> known = new ArrayList<>(failures().unhandled());
    // The cursor had passed these: if the log knows no more of them, they were dropped.
    cursor.ifPresent(
        c ->
            c.open().stream()
                .filter(offset -> c.finished().contains(offset) && !failures().knows(offset))
                .forEach(known::add));
    return known;
  }

  /**
   * The log was written to since the cursor was found, so that nobody has taken it over between the
   * two: what is known of failures is no older than the cursor, and may change it.
   */
  void complete(List<Long> known) {
    // What the log knows may come again: the cursor need not have been durable behind it.
    if (!known.isEmpty()) {
      cursors.pass(known, failures());
    }
    complete = true;
  }

  /** Returns whether the log was written to since the cursor was found. */
  boolean isComplete() {
    return complete;
  }

  private void recover(String group, Collection<DeferredMessage> messages) {
    boolean first = true;
    for (DeferredMessage message : List.copyOf(messages)) {
      if (message.begun()) {
        first &= recover(group, message, first);
      }
    }
  }

  /**
   * Makes good that an attempt had begun.
   *
   * @param first whether it was the message's turn
   * @return whether the turn was the next one's
   */
  private boolean recover(String group, DeferredMessage message, boolean first) {
    FailureEvent.Position position =
        new FailureEvent.Position(group, message.offset(), message.sequenceNumber());
    if (!context.policy().allowsSecondAttempt()) {
      context.note(new WorkerNote.MaybeLost(message.offset()));
      journal.record(new FailureEvent.Resolved(group, message.offset()));
    } else if (context.policy().isStoredWithEffect() && cursors.isFinished(message.offset())) {
      // It was committed; only the note about it was lost.
      journal.record(new FailureEvent.Resolved(group, message.offset()));
    } else {
      long now = context.now();
      journal.record(
          new FailureEvent.Interrupted(
              position,
              first && message.runsAlone(),
              now,
              failurePolicy.dueAfterInterruption(
                  message.countedAttempts() + 1, now, context.chance())));
      return false;
    }
    return true;
  }
}
