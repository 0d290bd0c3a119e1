package org.perille;

/**
 * Marks a message type for Jackson CBOR, Perille's default serialization.
 *
 * <p>Messages of a topic with a {@link Codec} don't need it, and neither does a type with a
 * serializer in the application's own Pekko configuration.
 */
public interface PerilleMessage {}
