package org.perille.internal.subscribe;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;

/** Everything that a worker decides upon, in values; see {@link WorkerState}. */
sealed interface WorkerEvent extends WorkerInput {

  /** The failure log was taken over and read: no predecessor can add to it. */
  record FailuresRecovered(FailureSnapshot failures) implements WorkerEvent {}

  /** The log of the cursor was taken over and read. */
  record CursorLogRecovered(CursorLog.Recovered recovered) implements WorkerEvent {}

  /**
   * The partition was taken over.
   *
   * @param epoch higher than that of every predecessor
   * @param cursor empty for a new subscription
   */
  record CursorRecovered(long epoch, Optional<Cursor> cursor) implements WorkerEvent {}

  /**
   * The feed says where its first batch begins.
   *
   * @param mark of the log before that offset; empty if nothing is there
   */
  record FeedStarts(long offset, long sequenceNumber, Optional<LogMark> mark)
      implements WorkerEvent {}

  /** The partition feeds the worker, or refuses to for this reason. */
  record FeedAnswered(Optional<String> refusal) implements WorkerEvent {}

  /** The batch has arrived that was requested. */
  record BatchReceived(FeedBatch batch) implements WorkerEvent {}

  /**
   * Handlers have ended.
   *
   * @param behind the messages that wait in the pool behind a failed one, by ordering group
   */
  record HandlersEnded(
      List<HandlerPool.AttemptOutcome> outcomes, Map<String, List<PendingDelivery>> behind)
      implements WorkerEvent {}

  /**
   * All handlers have ended after the worker has stopped them, or were waited for long enough.
   *
   * @param all whether none runs any more
   * @param abandoned whether a handler was ever given up, which may still run
   * @param ended what has ended and was not told before
   * @param untried messages that no handler has got
   */
  record HandlersStopped(
      boolean all, boolean abandoned, HandlersEnded ended, List<PendingDelivery> untried)
      implements WorkerEvent {}

  /** Attempts run for too long. */
  record AttemptsHang(int count) implements WorkerEvent {}

  /** The changes of failures are durable that were to be stored. */
  enum FailuresStored implements WorkerEvent {
    INSTANCE
  }

  /** A cursor is durable. */
  record CursorStored(Cursor cursor) implements WorkerEvent {}

  /** The cursor beside the effects has its mark. */
  enum CursorMarked implements WorkerEvent {
    INSTANCE
  }

  /** The cursor beside the effects doesn't contain these messages any more. */
  record CursorReopened(RetryBatch batch) implements WorkerEvent {}

  /**
   * Messages were read again.
   *
   * @param batch that they were read for; empty if they are dead letters to be forwarded
   */
  record MessagesRead(Optional<RetryBatch> batch, Map<Long, LogEntry> entries)
      implements WorkerEvent {}

  /** The message of a dead letter is durable in the topic for them. */
  record DeadLetterForwarded(long offset) implements WorkerEvent {}

  /** The time has come that the worker wanted to be woken at, or something has changed. */
  enum Woken implements WorkerEvent {
    INSTANCE
  }

  /** The interval for cursors has passed. */
  enum FlushDue implements WorkerEvent {
    INSTANCE
  }

  /** It is time to tell the partition how far the worker is. */
  enum ReportDue implements WorkerEvent {
    INSTANCE
  }

  /** A caller queries something or requests an operation. */
  record Requested(WorkerRequest request) implements WorkerEvent {}

  /** The worker is to hand over. */
  enum StopRequested implements WorkerEvent {
    INSTANCE
  }

  /** Something has failed that the worker can't do without. */
  record Failed(Throwable cause) implements WorkerEvent {}
}
