package org.perille;

/**
 * The confirmation that a message is durable, with its position.
 *
 * @param topic the topic's name
 * @param key the message's key
 * @param partition the partition, from 0
 * @param offset the message's position in its partition, from 0
 * @param duplicate true if the message was stored before under the same id; the offset is then that
 *     of the stored one
 */
public record Receipt(String topic, String key, int partition, long offset, boolean duplicate) {}
