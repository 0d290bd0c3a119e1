package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Topic;

/** Messages as a handler receives them, without a runtime that delivers them. */
final class Deliveries {
  private Deliveries() {}

  static <T> Delivery<T> of(Topic<T> topic, T message) {
    return Delivery.builder(message).topic(topic.name()).key(topic.keyOf(message)).build();
  }
}
