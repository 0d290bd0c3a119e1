package org.perille.internal.effect;

import java.util.List;
import java.util.Optional;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.effect.EffectsRecorded.Handled;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.payload.PayloadCodec.Encoded;

/**
 * The stored form of a key's record.
 *
 * @param state absent if it is the empty one
 */
public record KeySnapshot(
    Optional<Encoded> state,
    long lastOffset,
    OffsetSet lateHandled,
    long epoch,
    List<Handled> last,
    List<KeyRecord.Reply> replies,
    long sequenceNumber)
    implements PerilleSerializable {}
