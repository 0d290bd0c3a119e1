package org.perille;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.util.ByteString;

/**
 * A dead letter with its message.
 *
 * @param messageId the publisher's id of the message, if it has one
 * @param headers the publisher's headers, immutable
 * @param publishedAt the time when the message became durable, by the partition's clock
 * @param serializerId the Pekko serializer of the payload
 * @param manifest the serializer's information about the payload's type
 * @param payload the message's bytes
 * @param message the message; empty if this node can't decode it
 */
public record DeadMessage<T>(
    DeadLetter letter,
    Optional<String> messageId,
    Map<String, String> headers,
    Instant publishedAt,
    int serializerId,
    String manifest,
    ByteString payload,
    Optional<T> message) {}
