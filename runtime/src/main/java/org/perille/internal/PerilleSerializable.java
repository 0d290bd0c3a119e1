package org.perille.internal;

/**
 * Marks a type of Perille itself that is stored, or sent between nodes. {@code reference.conf}
 * binds it to the serializer, which has an entry for each class.
 */
public interface PerilleSerializable {}
