package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * A message of a key, as it stands in its topic.
 *
 * @param topic the topic's name
 * @param partition the partition, from 0
 * @param offset the message's position in its partition, from 0
 * @param key what orders the message
 * @param messageId the publisher's name for the message, or the one that follows from the message
 *     that it was published for
 * @param headers the publisher's headers, immutable
 * @param publishedAt when the message became durable, by the partition's clock
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
