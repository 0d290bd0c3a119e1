package org.perille.internal.registry;

/** The identity of a subscription in the storage. */
public record StoredName(String topic, String storedName) {}
