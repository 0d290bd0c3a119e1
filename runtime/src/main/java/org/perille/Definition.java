package org.perille;

/**
 * A definition that an application registers before it publishes or receives: topic, subscription,
 * or the options of its node.
 */
public sealed interface Definition permits Topic, Subscription, NodeOptions {
  /** Returns the name, unique among the topics, or among the subscriptions of one topic. */
  String name();
}
