package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One attempt to hand one message to a subscription's handler.
 *
 * @param subscription the subscription's name
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition, from 0
 * @param key what orders the message
 * @param messageId the publisher's name for the message, if it gave one
 * @param headers the publisher's headers, immutable
 * @param publishedAt when the message became durable, by the partition's clock
 * @param attempt 1 for the first attempt since the subscription's worker started, then 2, 3, …
 * @param redelivered false is a promise: no earlier attempt was made, not even before a crash; true
 *     means that there may have been one. Of a transactional handler false says less: no earlier
 *     attempt since the worker started, and none before that has left an effect
 * @param message the message
 */
public record Delivery<T>(
    String subscription,
    String topic,
    int partition,
    long offset,
    String key,
    Optional<String> messageId,
    Map<String, String> headers,
    Instant publishedAt,
    int attempt,
    boolean redelivered,
    T message) {

  /**
   * A name for this message and subscription that is the same at every attempt: what to give to the
   * outside world as an idempotency key.
   */
  public String deliveryId() {
    return subscription + "/" + topic + "/" + partition + "/" + offset;
  }
}
