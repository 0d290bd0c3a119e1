package org.perille.internal.subscribe;

import java.util.List;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.log.LogEntry;

/**
 * Defers messages: records that they wait, for their time or behind others of their ordering group,
 * and lets the cursor pass them when that is durable. So a successor finds each in one place or the
 * other.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class Deferral {
  private final WorkerContext context;
  private final FailureJournal<AfterDurable> journal;
  private final InFlight inFlight;

  Deferral(WorkerContext context, FailureJournal<AfterDurable> journal, InFlight inFlight) {
    this.context = context;
    this.journal = journal;
    this.inFlight = inFlight;
  }

  /**
   * Lets a message wait for its turn or its time.
   *
   * @param outcomeUnknown whether a predecessor may have begun to handle it, and left something
   *     behind
   */
  void defer(FailureEvent.Position position, LogEntry entry, boolean outcomeUnknown) {
    long due = entry.message().times().notBefore();
    journal.record(
        outcomeUnknown
            ? new FailureEvent.Interrupted(position, false, context.now(), due)
            : new FailureEvent.Deferred(position, due, false));
  }

  /** Lets messages wait that were in flight; they are read again when it is their turn. */
  void deferInFlight(List<PendingDelivery> works) {
    for (PendingDelivery delivery : works) {
      inFlight.leave(delivery);
      if (delivery.entered() && !delivery.past().tried()) {
        journal.record(new FailureEvent.Deferred(delivery.position(), 0, true));
      } else {
        defer(delivery.position(), delivery.entry(), delivery.past().tried());
      }
      passOnceDurable(delivery);
    }
  }

  /** Records messages that no handler has got, and that the cursor has passed already. */
  void keepUntried(List<PendingDelivery> works) {
    works.stream()
        .filter(delivery -> journal.failures().deferred(delivery.entry().offset()).isEmpty())
        .forEach(
            delivery -> journal.record(new FailureEvent.Deferred(delivery.position(), 0, false)));
  }

  /** Lets the cursor pass a message when it is durable what becomes of it. */
  void passOnceDurable(PendingDelivery delivery) {
    journal.onceDurable(new AfterDurable.AdvanceCursor(List.of(delivery.entry().offset())));
  }
}
