package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The components of {@link Delivery}. A public record could not get further ones. */
record DeliveryValue<T>(
    String subscription,
    String topic,
    int partition,
    long offset,
    String key,
    Optional<MessageId> messageId,
    Map<String, String> headers,
    Instant publishedAt,
    int attempt,
    boolean redelivered,
    T payload)
    implements Delivery<T> {
  DeliveryValue {
    Objects.requireNonNull(subscription, "subscription");
    Objects.requireNonNull(topic, "topic");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(messageId, "messageId");
    headers = Map.copyOf(headers);
    Objects.requireNonNull(publishedAt, "publishedAt");
    Objects.requireNonNull(payload, "payload");
  }
}
