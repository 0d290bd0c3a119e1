package org.perille.internal.worker;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorLog;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.handler.AttemptOutcome;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.partition.WorkerRequest;

/** The events of a worker, as data; see {@link WorkerState}. */
public sealed interface WorkerEvent extends WorkerInput {

  /** The worker has taken over and read the failure log; no predecessor can write there. */
  record FailuresRecovered(FailureSnapshot failures) implements WorkerEvent {}

  /** The worker has taken over and read the cursor log. */
  record CursorLogRecovered(CursorLog.Recovered recovered) implements WorkerEvent {}

  /**
   * The worker has taken over the partition.
   *
   * @param epoch higher than that of every predecessor
   * @param cursor empty for a new subscription
   */
  record CursorRecovered(long epoch, Optional<Cursor> cursor) implements WorkerEvent {}

  /**
   * The feed has stated where its first batch begins.
   *
   * @param mark of the log before that offset; empty if there is none
   */
  record FeedStarts(long offset, long sequenceNumber, Optional<LogMark> mark)
      implements WorkerEvent {}

  /** The partition feeds the worker, or refuses to for this reason. */
  record FeedAnswered(Optional<String> refusal) implements WorkerEvent {}

  /** The requested batch has arrived. */
  record BatchReceived(FeedBatch batch) implements WorkerEvent {}

  /**
   * Attempts have ended.
   *
   * @param behind the messages in the pool behind a failed one, by ordering group
   */
  record HandlersEnded(List<AttemptOutcome> outcomes, Map<String, List<PendingDelivery>> behind)
      implements WorkerEvent {}

  /**
   * All handlers have ended after the worker stopped them, or the stop time-out has passed.
   *
   * @param all whether no handler runs any more
   * @param abandoned whether an invocation was ever abandoned, which may still run
   * @param ended the outcomes that weren't reported before
   * @param untried messages that no handler has received
   */
  record HandlersStopped(
      boolean all, boolean abandoned, HandlersEnded ended, List<PendingDelivery> untried)
      implements WorkerEvent {}

  /** The number of attempts that run for too long. */
  record AttemptsHang(int count) implements WorkerEvent {}

  /** The requested failure events are durable. */
  enum FailuresStored implements WorkerEvent {
    INSTANCE
  }

  /** A cursor is durable. */
  record CursorStored(Cursor cursor) implements WorkerEvent {}

  /** The cursor beside the effects has its mark. */
  enum CursorMarked implements WorkerEvent {
    INSTANCE
  }

  /** The cursor beside the effects no longer contains these messages. */
  record CursorReopened(RetryBatch batch) implements WorkerEvent {}

  /**
   * Messages were read again.
   *
   * @param batch that they were read for; empty if they are dead letters to forward
   */
  record MessagesRead(Optional<RetryBatch> batch, Map<Long, LogEntry> entries)
      implements WorkerEvent {}

  /** The message of a dead letter is durable in the dead-letter topic. */
  record DeadLetterForwarded(long offset) implements WorkerEvent {}

  /** The time for which the worker requested a wake-up has come, or something has changed. */
  enum Woken implements WorkerEvent {
    INSTANCE
  }

  /** The cursor interval has passed. */
  enum FlushDue implements WorkerEvent {
    INSTANCE
  }

  /** It is time to report the progress to the partition. */
  enum ReportDue implements WorkerEvent {
    INSTANCE
  }

  /** A caller queries something or requests an operation. */
  record Requested(WorkerRequest request) implements WorkerEvent {}

  /** The worker is requested to hand over. */
  enum StopRequested implements WorkerEvent {
    INSTANCE
  }

  /** Something that the worker can't do without has failed. */
  record Failed(Throwable cause) implements WorkerEvent {}
}
