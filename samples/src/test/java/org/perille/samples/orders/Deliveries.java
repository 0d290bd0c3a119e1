package org.perille.samples.orders;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.Topic;

/** Messages as a handler receives them, without a runtime that delivers them. */
final class Deliveries {
  private Deliveries() {}

  static <T> Delivery<T> of(Topic<T> topic, T message) {
    return new Delivery<>(
        "test",
        topic.name(),
        0,
        0,
        topic.keyOf(message),
        Optional.empty(),
        Map.of(),
        Instant.EPOCH,
        1,
        false,
        message);
  }
}
