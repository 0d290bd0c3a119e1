package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A message of a key, as stored in its topic.
 *
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition, from 0
 * @param key the message's key
 * @param messageId the publisher's id of the message, or the one derived from the message that it
 *     was published for
 * @param headers the publisher's headers, immutable
 * @param publishedAt the time when the message became durable, by the partition's clock
 * @param message the message
 */
public record KeyMessage<T>(
    String topic,
    int partition,
    long offset,
    String key,
    Optional<String> messageId,
    Map<String, String> headers,
    Instant publishedAt,
    T message) {}
