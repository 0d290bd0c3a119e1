package org.perille.internal.log;

/**
 * Which message, handled by whom, a message was published for.
 *
 * @param lane names a partition of a subscription; what it publishes is told apart from what others
 *     publish
 * @param incarnation of the worker that publishes it; larger than that of its predecessors
 * @param offset of the message that was handled
 * @param index among the messages that were published for it, from 0
 */
public record Origin(String lane, long incarnation, long offset, int index) {

  /** The message's id, the same whenever and by whomever it is published again. */
  public String messageId() {
    return lane + "/" + offset + "/" + index;
  }
}
