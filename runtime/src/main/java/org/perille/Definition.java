package org.perille;

/** What an application declares before it publishes or receives: its topics and subscriptions. */
public sealed interface Definition permits Topic, Subscription {
  /** The name, unique among the topics, or among the subscriptions of one topic. */
  String name();
}
