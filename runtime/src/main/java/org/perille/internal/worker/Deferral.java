package org.perille.internal.worker;

import java.util.List;
import org.perille.internal.Pure;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureJournal;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;

/**
 * Defers messages: records them in the failure log, and then lets the cursor pass them.
 *
 * <p>The cursor passes a message when its record is durable. So a successor finds each message in
 * the log or behind the cursor.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class Deferral {
  private final FailureJournal<AfterDurable> journal;
  private final InFlight inFlight;

  Deferral(FailureJournal<AfterDurable> journal, InFlight inFlight) {
    this.journal = journal;
    this.inFlight = inFlight;
  }

  /**
   * Defers a message until its due time, or until the messages before it in its ordering group have
   * ended.
   *
   * @param outcomeUnknown whether a predecessor may have begun to handle it and left an effect
   */
  void defer(FailureEvent.Position position, LogEntry entry, boolean outcomeUnknown) {
    journal.record(
        outcomeUnknown
            ? new FailureEvent.Interrupted(position, false, 0, dueMillis(entry))
            : new FailureEvent.Deferred(position, dueMillis(entry), false));
  }

  /** Defers messages that were in flight. The worker reads them again later. */
  void deferInFlight(List<PendingDelivery> works) {
    for (PendingDelivery delivery : works) {
      inFlight.leave(delivery);
      if (delivery.entered() && !delivery.past().tried()) {
        journal.record(
            new FailureEvent.Deferred(delivery.position(), dueMillis(delivery.entry()), true));
      } else {
        defer(delivery.position(), delivery.entry(), delivery.past().tried());
      }
      passOnceDurable(delivery);
    }
  }

  /** Defers messages that no handler has received and that the cursor has passed already. */
  void keepUntried(List<PendingDelivery> works) {
    works.stream()
        .filter(delivery -> journal.failures().deferred().at(delivery.entry().offset()).isEmpty())
        .forEach(
            delivery ->
                journal.record(
                    new FailureEvent.Deferred(
                        delivery.position(), dueMillis(delivery.entry()), false)));
  }

  /**
   * Returns the time from which the publisher wants a message to be handled.
   *
   * <p>It is kept also if this worker's clock has reached it, as the successor's clock may not have
   * done so.
   */
  private static long dueMillis(LogEntry entry) {
    return entry.message().times().notBefore();
  }

  /** Lets the cursor pass a message when its outcome is durable. */
  void passOnceDurable(PendingDelivery delivery) {
    journal.onceDurable(new AfterDurable.AdvanceCursor(List.of(delivery.entry().offset())));
  }
}
