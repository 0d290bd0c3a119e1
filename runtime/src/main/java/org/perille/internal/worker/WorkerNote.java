package org.perille.internal.worker;

import java.util.List;
import java.util.Optional;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.handler.PendingDelivery;

/** The log lines of a worker, as data; {@link WorkerLog} has their text. */
sealed interface WorkerNote {

  /** The worker has recovered. Without a cursor it begins at its start position. */
  record Recovered(Optional<Cursor> cursor) implements WorkerNote {}

  /** The worker can't go on. Another one begins with the durable state. */
  record CannotGoOn(Throwable cause) implements WorkerNote {}

  /** A new generation is durable. */
  record GenerationBegins(Cursor cursor) implements WorkerNote {}

  /** The partition refuses to feed the worker. */
  record FeedRefused(String reason) implements WorkerNote {}

  /** An attempt may have been interrupted, and the guarantee allows no second one. */
  record MaybeLost(long offset) implements WorkerNote {}

  /** The limit of deferred messages is reached; the worker requests no more messages. */
  record DeferredLimitReached(int messages) implements WorkerNote {}

  /** The limit of dead letters is reached; the worker creates no more. */
  record DeadLetterLimitReached(int letters, boolean retried) implements WorkerNote {}

  /** It isn't known whether a failed message has left an effect. */
  record OutcomeUnknown(PendingDelivery delivery, Throwable unknown) implements WorkerNote {}

  /** An attempt has failed. */
  record AttemptFailed(
      PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision, long nowMillis)
      implements WorkerNote {}

  /** An operator redrives dead letters. */
  record Redriven(String requestId, long concerned) implements WorkerNote {}

  /** An operator discards dead letters. */
  record Discarded(String requestId, List<Long> offsets, String reason) implements WorkerNote {}

  /** An operator has paused or resumed the worker. */
  record PauseChanged(Optional<String> reason) implements WorkerNote {}
}
