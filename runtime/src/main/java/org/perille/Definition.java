package org.perille;

/**
 * A definition that an application registers before it publishes or receives: topic or
 * subscription.
 */
public sealed interface Definition permits Topic, Subscription {
  /** Returns the name, unique among the topics, or among the subscriptions of one topic. */
  String name();
}
