package org.perille;

/**
 * Marks a message type for Jackson CBOR, Perille's default serialization. A type that the
 * application's own Pekko serialization handles doesn't need it.
 */
public interface PerilleMessage {}
