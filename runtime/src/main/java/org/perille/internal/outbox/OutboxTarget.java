package org.perille.internal.outbox;

import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LogMessage;

/** A destination of a relay's messages: this node's side of a topic. */
public interface OutboxTarget extends ChainPublisher {
  /**
   * Encodes a message that SQL has inserted.
   *
   * @throws org.perille.PublishRefusedException if it is no message of the topic, or can't be
   *     stored
   */
  LogMessage encode(JsonMessage message);

  /**
   * Checks a message that another node may have encoded.
   *
   * @throws org.perille.PublishRefusedException if it is larger than this node allows
   */
  void requireAccepted(LogMessage message);
}
