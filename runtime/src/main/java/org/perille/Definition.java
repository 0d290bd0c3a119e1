package org.perille;

/**
 * A definition that an application registers before it publishes or receives: topic, subscription,
 * outbox, or the options of its node.
 */
public sealed interface Definition permits Topic, Subscription, Outbox, NodeOptions {
  /**
   * Returns the name, unique among the topics, among the subscriptions of one topic, or among the
   * outboxes.
   */
  String name();
}
