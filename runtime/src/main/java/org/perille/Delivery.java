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
 * @param key the message's key
 * @param messageId the publisher's id of the message, if it has one
 * @param headers the publisher's headers, immutable
 * @param publishedAt the time when the message became durable, by the partition's clock
 * @param attempt the number of this attempt: 1, 2, 3, … The count is durable: it continues after a
 *     crash, and when a dead letter is redriven. Only attempts that were in flight when a worker
 *     stopped for the first time aren't counted
 * @param redelivered false guarantees that no earlier attempt was made, not even before a crash;
 *     true means that there may have been one
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
   * Returns a name for this message and subscription that is the same for every attempt.
   *
   * <p>Pass it to external systems as the idempotency key.
   */
  public String deliveryId() {
    return subscription + "/" + topic + "/" + partition + "/" + offset;
  }
}
