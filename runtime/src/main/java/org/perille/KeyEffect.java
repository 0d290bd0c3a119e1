package org.perille;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The effect of handling one message of a key.
 *
 * @param key the key
 * @param offset the offset of the message
 * @param recordedAt the time when the effect became durable, by the clock of the node that handled
 *     it
 * @param events the events, in order
 * @param published the names of the topics that it published to, in order
 * @param reply the reply, if there is one
 */
public record KeyEffect(
    String key,
    long offset,
    Instant recordedAt,
    List<Object> events,
    List<String> published,
    Optional<Object> reply) {}
