package org.perille.internal.log;

/**
 * The message for which a message was published, and the worker that handled it.
 *
 * @param producer the producer: the name of a partition of a subscription, distinct from all other
 *     producers
 * @param epoch the epoch of the worker that publishes it; larger than that of its predecessors
 * @param offset the offset of the handled message
 * @param index the position among the messages that were published for it, from 0
 */
public record Origin(String producer, long epoch, long offset, int index) {

  /** Returns the message's id, which is the same for each repetition by any worker. */
  public String messageId() {
    return producer + "/" + offset + "/" + index;
  }
}
