package org.perille.internal.subscribe;

import org.apache.pekko.actor.typed.ActorRef;

/** What anyone may ask of a worker, by way of its partition; each is repeated until answered. */
public sealed interface WorkerRequest extends Worker.Command {

  /** Answer when this offset is durably finished. */
  record AwaitFinished(long offset, ActorRef<Finished> replyTo) implements WorkerRequest {}

  /** Worker to whoever waits: it is. */
  record Finished(long offset) {}

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
}
