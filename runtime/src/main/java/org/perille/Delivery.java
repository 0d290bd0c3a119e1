package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * One attempt to hand one message to a subscription's handler.
 *
 * @param subscription the subscription's name; if it was renamed, its first one, so that delivery
 *     ids stay the same
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition, from 0
 * @param key what orders the message
 * @param messageId the publisher's name for the message, if it gave one
 * @param headers the publisher's headers, immutable
 * @param publishedAt when the message became durable, by the partition's clock
 * @param attempt 1, 2, 3, …: how often this message has been tried, this time included. Durable: it
 *     goes on counting after a crash, and when a dead letter is redriven. Only the attempts that
 *     were under way when a worker ended for the first time are not counted
 * @param redelivered false is a promise: no earlier attempt was made, not even before a crash; true
 *     means that there may have been one
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
