package org.perille.spring;

import org.perille.PerilleMessage;
import org.perille.Topic;

/** The message of the tests. */
record Paid(String id, String customer, int amount) implements PerilleMessage {
  static final Topic<Paid> TOPIC =
      Topic.of("paid", Paid.class).keyedBy(Paid::customer).withPartitions(2);
}
