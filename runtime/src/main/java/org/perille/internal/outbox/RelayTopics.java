package org.perille.internal.outbox;

import java.util.Set;

/** The topics that are registered on a relay's node. */
public interface RelayTopics {
  /** Returns their names. More may be added at any time. */
  Set<String> names();

  /**
   * Returns the destination of messages of a topic.
   *
   * @throws org.perille.PublishRefusedException if the topic isn't registered on this node
   */
  OutboxTarget target(String topic);
}
