package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.perille.DeadLetter;
import org.perille.DeadLetterCount;
import org.perille.DeadLetterFilter;

/** What anyone may ask of a worker, by way of its partition; each is repeated until answered. */
public sealed interface WorkerRequest extends Worker.Command {

  /** Answer when this offset is durably finished. */
  record AwaitFinished(long offset, ActorRef<Finished> replyTo) implements WorkerRequest {}

  /**
   * Worker to whoever waits: it is.
   *
   * @param deadLetter whether it was given up, and is a dead letter now
   */
  record Finished(long offset, boolean deadLetter) {}

  /**
   * Begin a new generation here. A reset that is done already is not done again.
   *
   * @param resetId names the reset
   * @param sequenceNumber a journal sequence number at or before the event that holds the offset
   * @param publishAgain whether what was published is published again, as new messages
   */
  record Reset(
      String resetId,
      long offset,
      long sequenceNumber,
      boolean publishAgain,
      ActorRef<ResetDone> replyTo)
      implements WorkerRequest {}

  /**
   * Worker to whoever ordered the reset: it is durable.
   *
   * @param handledBefore how many of the messages that come again were handled before; 0 when the
   *     reset had been done already
   */
  record ResetDone(long generation, long offset, long handledBefore) {}

  /** Begin nothing more, or go on; durable, and answered when it is. */
  record SetPaused(Optional<String> reason, ActorRef<PausedSet> replyTo) implements WorkerRequest {}

  /** Worker to whoever paused or resumed it. */
  record PausedSet(Optional<String> reason) {}

  /**
   * Which dead letters are there?
   *
   * @param fromOffset the lowest offset wanted
   * @param limit how many at the most
   */
  record ListDeadLetters(
      DeadLetterFilter filter, long fromOffset, int limit, ActorRef<DeadLetterPage> replyTo)
      implements WorkerRequest {}

  /**
   * Worker to whoever asked.
   *
   * @param letters by rising offsets
   * @param more whether there are others behind them
   */
  record DeadLetterPage(List<DeadLetter> letters, boolean more) {}

  /** How many dead letters are there, and of what? */
  record CountDeadLetters(DeadLetterFilter filter, ActorRef<DeadLetterCounts> replyTo)
      implements WorkerRequest {}

  /** Worker to whoever asked. */
  record DeadLetterCounts(List<DeadLetterCount> counts) {}

  /** Let dead letters be handled again; done once for each request id. */
  record Redrive(String requestId, DeadLetterFilter filter, ActorRef<OperationDone> replyTo)
      implements WorkerRequest {}

  /** Discards dead letters; done once for each request id. */
  record Discard(
      String requestId, DeadLetterFilter filter, String reason, ActorRef<OperationDone> replyTo)
      implements WorkerRequest {}

  /**
   * Worker to whoever ordered it: it is durable.
   *
   * @param concerned how many dead letters
   */
  record OperationDone(String requestId, long concerned) {}
}
