package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;
import org.perille.internal.failure.Judge;

/**
 * Decides about attempts that a predecessor has begun and not ended.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class PredecessorRecovery {
  private final WorkerContext context;
  private final FailureBook<AfterDurable> book;
  private final Judge judge;
  private final CursorKeeper cursors;
  private boolean complete;

  PredecessorRecovery(
      WorkerContext context, FailureBook<AfterDurable> book, Judge judge, CursorKeeper cursors) {
    this.context = context;
    this.book = book;
    this.judge = judge;
    this.cursors = cursors;
  }

  private Failures failures() {
    return book.failures();
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
      book.record(new Change.GenerationBegun(generation.number(), generation.start()));
    }
    failures().held().forEach(this::recover);
    book.record(new Change.Reserved(failures().reservedBelow()));
    List<Long> known = new ArrayList<>(failures().unhandled());
    // The cursor had passed these: if the log knows no more of them, they were let go of.
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

  private void recover(String unit, Collection<Held> messages) {
    boolean first = true;
    for (Held message : List.copyOf(messages)) {
      if (message.begun()) {
        first &= recover(unit, message, first);
      }
    }
  }

  /**
   * Makes good that an attempt had begun.
   *
   * @param first whether it was the message's turn
   * @return whether the turn was the next one's
   */
  private boolean recover(String unit, Held message, boolean first) {
    Change.Place place = new Change.Place(unit, message.offset(), message.sequenceNumber());
    if (!context.policy().allowsSecondAttempt()) {
      context.note(new WorkerNote.MaybeLost(message.offset()));
      book.record(new Change.Resolved(unit, message.offset()));
    } else if (context.policy().isStoredWithEffect() && cursors.isFinished(message.offset())) {
      // It was committed; only the note about it was lost.
      book.record(new Change.Resolved(unit, message.offset()));
    } else {
      long now = context.now();
      book.record(
          new Change.Interrupted(
              place,
              first && message.mustBeAlone(),
              now,
              judge.dueAfterInterruption(message.countedAttempts() + 1, now, context.chance())));
      return false;
    }
    return true;
  }
}
