package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.feed.MessageReader.Wanted;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;

/**
 * Everything that a worker wants to be done, in values. Actions are carried out in their order,
 * after the event that they follow from; what comes of them is an event.
 */
sealed interface WorkerAction {

  // Recovery and the end

  /** Takes the failure log over and reads it. */
  enum RecoverFailures implements WorkerAction {
    INSTANCE
  }

  /** Takes the partition over and finds the cursor, where the guarantee keeps it. */
  enum RecoverCursor implements WorkerAction {
    INSTANCE
  }

  /** Claims the cursor beside the effects, and moves the cursor there that was in the log. */
  record ClaimPartition(CursorLog.Recovered before) implements WorkerAction {}

  /** Makes what calls the handler. */
  record StartHandlers(long epoch, Optional<Cursor> cursor) implements WorkerAction {}

  /** Attaches the worker to its partition. */
  record StartFeed(long epoch, Optional<Cursor> cursor) implements WorkerAction {}

  /** Detaches the worker; from now on the time for stopping counts. */
  enum StopFeed implements WorkerAction {
    INSTANCE
  }

  /** Ends the worker. */
  record End(WorkerEnd how) implements WorkerAction {}

  // Feed and time

  /** Wants one more batch. */
  enum RequestBatch implements WorkerAction {
    INSTANCE
  }

  /** Wants to be woken at this time; what was asked before is void. */
  record WakeAt(long millis) implements WorkerAction {}

  /** Wants to flush when the interval for cursors has passed. */
  enum FlushLater implements WorkerAction {
    INSTANCE
  }

  // Storage

  /** Stores changes of failures. */
  record StoreFailures(List<FailureEvent> changes) implements WorkerAction {}

  /** Stores a cursor. */
  record StoreCursor(Cursor cursor) implements WorkerAction {}

  /** Lets the cursor beside the effects pass messages. */
  record PassInCursor(List<Long> offsets) implements WorkerAction {}

  /** Gives the cursor beside the effects its mark. */
  record MarkCursor(LogMark mark) implements WorkerAction {}

  /** Stores beside the effects that these haven't happened. */
  record ReopenCursor(List<Long> offsets, RetryBatch batch) implements WorkerAction {}

  /** Reads messages again, for a batch of retries or to forward dead letters. */
  record ReadMessages(List<Wanted> wanted, Optional<RetryBatch> batch) implements WorkerAction {}

  // Handlers

  /** Hands messages to the pool. */
  record Handle(List<PendingDelivery> deliveries) implements WorkerAction {}

  /** Releases the failed message of an ordering group, and goes on with the next one. */
  record ReleaseKey(String group) implements WorkerAction {}

  /** Takes an ordering group out of the pool whose message has failed. */
  record WithdrawKey(String group) implements WorkerAction {}

  /** Makes sure that nobody records an effect any more for a failed message. */
  record ConfirmGivingUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision)
      implements WorkerAction {}

  /** Begins nothing as long as it is paused. */
  record PauseHandlers(boolean paused) implements WorkerAction {}

  /**
   * Begins no further handler, and waits for those that run.
   *
   * @param drains whether what the pool has is handled first
   */
  record StopHandlers(boolean drains) implements WorkerAction {}

  /** Nobody decides about failed messages any more: a drain doesn't wait for them. */
  enum HoldFailedKeys implements WorkerAction {
    INSTANCE
  }

  // Others

  /** Publishes the message of a dead letter to the topic for them. */
  record Forward(DeadLetterRecord letter, DeadLetter shown, LogEntry entry)
      implements WorkerAction {}

  /**
   * Tells the partition what is durable.
   *
   * @param refusal why the partition doesn't feed the worker, if it doesn't
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

  /** Writes to the log. */
  record Note(WorkerNote note) implements WorkerAction {}
}
