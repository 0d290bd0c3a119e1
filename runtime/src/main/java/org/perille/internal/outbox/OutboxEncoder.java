package org.perille.internal.outbox;

import org.perille.Message;
import org.perille.Topic;
import org.perille.internal.log.LogMessage;

/** Encodes messages for an outbox, on a node that has registered it. */
@FunctionalInterface
public interface OutboxEncoder {
  /**
   * Returns the message as it will be in the log.
   *
   * @throws org.perille.PublishRefusedException if it can't be published
   */
  <T> LogMessage encode(Topic<T> topic, Message<T> message);
}
