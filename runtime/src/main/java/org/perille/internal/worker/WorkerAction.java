package org.perille.internal.worker;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorLog;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.handler.PendingDelivery;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;

/**
 * The actions that a worker decides on, as data.
 *
 * <p>They are executed in order, after the event that they follow from. Their results are events.
 */
public sealed interface WorkerAction {

  // Recovery and the end

  /** Takes over and reads the failure log. */
  enum RecoverFailures implements WorkerAction {
    INSTANCE
  }

  /** Takes over the partition and finds the cursor in the store that the guarantee requires. */
  enum RecoverCursor implements WorkerAction {
    INSTANCE
  }

  /** Claims the cursor beside the effects, and moves a cursor of the log there. */
  record ClaimPartition(CursorLog.Recovered before) implements WorkerAction {}

  /** Creates the invoker of the handler. */
  record StartHandlers(long epoch, Optional<Cursor> cursor) implements WorkerAction {}

  /** Attaches the worker to its partition. */
  record StartFeed(long epoch, Optional<Cursor> cursor) implements WorkerAction {}

  /** Detaches the worker. The stop time-out begins. */
  enum StopFeed implements WorkerAction {
    INSTANCE
  }

  /** Ends the worker. */
  record End(WorkerEnd how) implements WorkerAction {}

  // Feed and time

  /** Requests one more batch. */
  enum RequestBatch implements WorkerAction {
    INSTANCE
  }

  /** Wakes the worker at this time. An earlier request is void. */
  record WakeAt(long millis) implements WorkerAction {}

  /** Flushes when the cursor interval has passed. */
  enum FlushLater implements WorkerAction {
    INSTANCE
  }

  // Storage

  /** Stores failure events. */
  record StoreFailures(List<FailureEvent> changes) implements WorkerAction {}

  /** Stores a cursor. */
  record StoreCursor(Cursor cursor) implements WorkerAction {}

  /** Lets the cursor beside the effects pass messages. */
  record PassInCursor(List<Long> offsets) implements WorkerAction {}

  /** Gives the cursor beside the effects its mark. */
  record MarkCursor(LogMark mark) implements WorkerAction {}

  /** Stores beside the effects that the effects of these messages haven't happened. */
  record ReopenCursor(List<Long> offsets, RetryBatch batch) implements WorkerAction {}

  /** Reads messages again, for a batch of retries or to forward dead letters. */
  record ReadMessages(List<Wanted> wanted, Optional<RetryBatch> batch) implements WorkerAction {}

  // Handlers

  /** Hands messages to the pool. */
  record Handle(List<PendingDelivery> deliveries) implements WorkerAction {}

  /** Releases the failed message of an ordering group, and continues with the next one. */
  record ReleaseKey(String group) implements WorkerAction {}

  /** Takes an ordering group whose message has failed out of the pool. */
  record WithdrawKey(String group) implements WorkerAction {}

  /** Ensures that no effect of a failed message can be recorded any more. */
  record ConfirmGivingUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision)
      implements WorkerAction {}

  /** Pauses or resumes the start of handlers. */
  record PauseHandlers(boolean paused) implements WorkerAction {}

  /**
   * Starts no further handler, and waits for those that run.
   *
   * @param drains whether the pool handles its messages first
   */
  record StopHandlers(boolean drains) implements WorkerAction {}

  /**
   * Keeps failed keys held: nobody decides about them any more, so a drain doesn't wait for them.
   */
  enum HoldFailedKeys implements WorkerAction {
    INSTANCE
  }

  // Others

  /** Publishes the message of a dead letter to the dead-letter topic. */
  record Forward(DeadLetterRecord letter, DeadLetter shown, LogEntry entry)
      implements WorkerAction {}

  /**
   * Reports the durable progress to the partition.
   *
   * @param refusal the partition's reason for not feeding the worker; empty if it feeds it
   */
  record Report(
      long epoch,
      long nextOffset,
      long finishedAbove,
      PartitionProblems problems,
      Optional<String> refusal)
      implements WorkerAction {}

  /** Answers a caller. */
  record Reply(WorkerReply<?> reply) implements WorkerAction {}

  /** Writes a log line. */
  record Note(WorkerNote note) implements WorkerAction {}
}
