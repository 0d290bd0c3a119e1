package org.perille.internal.subscribe;

import java.util.Optional;

/**
 * The cursor at a sequence number.
 *
 * @param cursor empty as long as the subscription hasn't begun
 * @param handedOver whether the cursor goes on in the store of a transactional handler
 */
public record CursorSnapshot(Optional<Cursor> cursor, long sequenceNumber, boolean handedOver) {}
