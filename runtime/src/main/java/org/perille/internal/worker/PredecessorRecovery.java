package org.perille.internal.worker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.FailureState;

/**
 * Decides about attempts that a predecessor began and didn't end.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
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
   * Records the outcome of a predecessor's attempts.
   *
   * @return offsets that the cursor may pass and may not have passed durably
   */
  List<Long> recover(Optional<Cursor> cursor) {
    Generation generation =
        cursor.map(Cursor::generation).orElseGet(() -> Generation.startingAt(0));
    if (failures().generation() < generation.number()) {
      journal.record(new FailureEvent.GenerationBegun(generation.number(), generation.start()));
    }
    failures().deferred().byGroup().forEach(this::recover);
    journal.record(new FailureEvent.AttemptHighWatermark(failures().attemptHighWatermark()));
    List<Long> known = new ArrayList<>(failures().unhandled());
    // The cursor had passed these before they were reopened. If the log doesn't know them any more
    // they were dropped.
    cursor.ifPresent(
        c ->
            c.open().stream()
                .filter(offset -> c.finished().contains(offset) && !failures().knows(offset))
                .forEach(known::add));
    return known;
  }

  /**
   * Completes the recovery, when this worker has written to the log after it found the cursor.
   *
   * <p>The write shows that no other worker has taken the log over in between. So the known
   * failures are at least as recent as the cursor, and may change it.
   */
  void complete(List<Long> known) {
    // The durable cursor need not have passed the messages of the log, so they may be fed again.
    if (!known.isEmpty()) {
      cursors.pass(known, failures());
    }
    complete = true;
  }

  /** Returns whether the worker has written to the log after it found the cursor. */
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
   * Records the outcome of one attempt that had begun.
   *
   * @param first whether the message was at the head of its ordering group
   * @return whether the next message is at the head then
   */
  private boolean recover(String group, DeferredMessage message, boolean first) {
    FailureEvent.Position position =
        new FailureEvent.Position(group, message.offset(), message.sequenceNumber());
    if (!context.policy().allowsSecondAttempt()) {
      context.note(new WorkerNote.MaybeLost(message.offset()));
      journal.record(new FailureEvent.Resolved(group, message.offset()));
    } else if (context.policy().isStoredWithEffect() && cursors.isFinished(message.offset())) {
      // The effect was committed, but not the record of it in the failure log.
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
