package org.perille.internal.subscribe;

import java.util.List;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.FailureBook;
import org.perille.internal.log.LogEntry;

/**
 * Defers messages: records that they wait, for their time or behind others of their unit, and lets
 * the cursor pass them when that is durable. So a successor finds each in one place or the other.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Deferral {
  private final WorkerContext context;
  private final FailureBook<AfterDurable> book;
  private final InFlight inFlight;

  Deferral(WorkerContext context, FailureBook<AfterDurable> book, InFlight inFlight) {
    this.context = context;
    this.book = book;
    this.inFlight = inFlight;
  }

  /**
   * Lets a message wait for its turn or its time.
   *
   * @param unclear whether a predecessor may have begun to handle it, and left something behind
   */
  void defer(Change.Place place, LogEntry entry, boolean unclear) {
    long due = entry.message().times().notBefore();
    book.record(
        unclear
            ? new Change.Interrupted(place, false, context.now(), due)
            : new Change.PutAside(place, due, false));
  }

  /** Lets messages wait that were in flight; they are read again when it is their turn. */
  void deferInFlight(List<Work> works) {
    for (Work work : works) {
      inFlight.leave(work);
      if (work.entered() && !work.past().tried()) {
        book.record(new Change.PutAside(work.place(), 0, true));
      } else {
        defer(work.place(), work.entry(), work.past().tried());
      }
      passOnceDurable(work);
    }
  }

  /** Records messages that no handler has got, and that the cursor has passed already. */
  void keepUntried(List<Work> works) {
    works.stream()
        .filter(work -> book.failures().held(work.entry().offset()).isEmpty())
        .forEach(work -> book.record(new Change.PutAside(work.place(), 0, false)));
  }

  /** Lets the cursor pass a message when it is durable what becomes of it. */
  void passOnceDurable(Work work) {
    book.onceDurable(new AfterDurable.AdvanceCursor(List.of(work.entry().offset())));
  }
}
