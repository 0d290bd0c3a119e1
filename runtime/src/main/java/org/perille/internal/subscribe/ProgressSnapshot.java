package org.perille.internal.subscribe;

import java.util.Optional;

/**
 * The progress at a sequence number.
 *
 * @param cursor empty as long as the subscription hasn't begun
 * @param handedOver whether the cursor goes on in the store of a transactional handler
 */
public record ProgressSnapshot(Optional<Cursor> cursor, long sequenceNumber, boolean handedOver) {}
