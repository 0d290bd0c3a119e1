package org.perille.internal.partition;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;
import org.perille.internal.PerilleSerializable;

/**
 * The requests to a worker, sent through its partition. The sender repeats a request until it is
 * answered.
 */
public sealed interface WorkerRequest extends WorkerCommand, PerilleSerializable {

  /** Waits until an offset is durably finished. */
  record AwaitFinished(long offset, ActorRef<Finished> replyTo) implements WorkerRequest {}

  /**
   * The answer to {@link AwaitFinished}: the offset is durably finished.
   *
   * @param deadLetter whether the message is a dead letter now
   */
  record Finished(long offset, boolean deadLetter) implements PerilleSerializable {}

  /**
   * Resets the subscription: begins a new generation at an offset. Repeating a reset has no effect.
   *
   * @param resetId id of the reset
   * @param sequenceNumber a journal sequence number at or before the event that holds the offset
   * @param publishAgain whether the messages that were published are published again, as new
   *     messages
   */
  record Reset(
      String resetId,
      long offset,
      long sequenceNumber,
      boolean publishAgain,
      ActorRef<ResetDone> replyTo)
      implements WorkerRequest {}

  /**
   * The answer to {@link Reset}: the new generation is durable.
   *
   * @param handledBefore how many of the messages that come again were handled before; 0 if the
   *     reset had been done already
   */
  record ResetDone(long generation, long offset, long handledBefore)
      implements PerilleSerializable {}

  /** Pauses or resumes the worker. It answers when that is durable. */
  record SetPaused(Optional<String> reason, ActorRef<PausedSet> replyTo) implements WorkerRequest {}

  /** The answer to {@link SetPaused}. */
  record PausedSet(Optional<String> reason) implements PerilleSerializable {}

  /**
   * Lists dead letters.
   *
   * @param fromOffset the lowest offset
   * @param limit the maximum number
   */
  record ListDeadLetters(
      DeadLetterFilter filter, long fromOffset, int limit, ActorRef<DeadLetterPage> replyTo)
      implements WorkerRequest {}

  /**
   * The answer to {@link ListDeadLetters}.
   *
   * @param letters by rising offsets
   * @param more whether there are others behind them
   */
  record DeadLetterPage(List<DeadLetter> letters, boolean more) implements PerilleSerializable {}

  /** Counts dead letters by their cause. */
  record CountDeadLetters(DeadLetterFilter filter, ActorRef<DeadLetterCounts> replyTo)
      implements WorkerRequest {}

  /** The answer to {@link CountDeadLetters}. */
  record DeadLetterCounts(List<DeadLetterCount> counts) implements PerilleSerializable {}

  /** Redrives dead letters; done once for each request id. */
  record Redrive(String requestId, DeadLetterFilter filter, ActorRef<OperationDone> replyTo)
      implements WorkerRequest {}

  /** Discards dead letters; done once for each request id. */
  record Discard(
      String requestId, DeadLetterFilter filter, String reason, ActorRef<OperationDone> replyTo)
      implements WorkerRequest {}

  /**
   * The answer to {@link Redrive} and {@link Discard}: the operation is durable.
   *
   * @param concerned the number of dead letters
   */
  record OperationDone(String requestId, long concerned) implements PerilleSerializable {}
}
