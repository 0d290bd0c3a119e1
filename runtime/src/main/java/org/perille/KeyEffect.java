package org.perille;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What handling one message of a key did.
 *
 * @param key the key
 * @param offset of the message that was handled
 * @param recordedAt when it became durable, by the clock of the node that handled it
 * @param events the events, in order
 * @param published names of the topics that a message was published to, in order
 * @param reply the answer, if there is one
 */
public record KeyEffect(
    String key,
    long offset,
    Instant recordedAt,
    List<Object> events,
    List<String> published,
    Optional<Object> reply) {}
