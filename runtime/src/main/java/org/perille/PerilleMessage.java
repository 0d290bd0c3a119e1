package org.perille;

/**
 * Marks a message type for Jackson CBOR, Perille's default serialization.
 *
 * <p>A type with a serializer in the application's own Pekko configuration doesn't need it.
 */
public interface PerilleMessage {}
