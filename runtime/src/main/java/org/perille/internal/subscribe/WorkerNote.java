package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import org.perille.internal.failure.FailurePolicy;

/** Log lines about a worker, in values; {@link WorkerLog} has their words. */
sealed interface WorkerNote {

  /** The worker has recovered; without an offset it begins at its start position. */
  record Recovered(Optional<Cursor> cursor) implements WorkerNote {}

  /** The worker can't go on, and another one begins with what is durable. */
  record CannotGoOn(Throwable cause) implements WorkerNote {}

  /** A new generation is durable. */
  record GenerationBegins(Cursor cursor) implements WorkerNote {}

  /** The partition refuses to feed the worker. */
  record FeedRefused(String reason) implements WorkerNote {}

  /** An attempt may have been interrupted, and there is no second one. */
  record MaybeLost(long offset) implements WorkerNote {}

  /** So many messages are deferred that no further ones are taken. */
  record DeferredLimitReached(int messages) implements WorkerNote {}

  /** There are so many dead letters that no more are made. */
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

  /** An operator has paused the worker, or lets it go on. */
  record PauseChanged(Optional<String> reason) implements WorkerNote {}
}
