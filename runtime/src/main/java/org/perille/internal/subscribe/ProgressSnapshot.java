package org.perille.internal.subscribe;

import java.util.Optional;

/** The progress at a sequence number; without a cursor as long as the subscription hasn't begun. */
public record ProgressSnapshot(Optional<Cursor> cursor, long sequenceNumber) {}
