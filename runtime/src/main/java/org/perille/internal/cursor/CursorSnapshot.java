package org.perille.internal.cursor;

import java.util.Optional;
import org.perille.internal.PerilleSerializable;

/**
 * The cursor at a journal sequence number.
 *
 * @param cursor empty while the subscription hasn't begun
 * @param handedOver whether the cursor was handed over to the store of a transactional handler
 */
public record CursorSnapshot(Optional<Cursor> cursor, long sequenceNumber, boolean handedOver)
    implements PerilleSerializable {}
