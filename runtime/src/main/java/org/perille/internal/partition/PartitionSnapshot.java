package org.perille.internal.partition;

import java.util.List;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.log.BatchReceipt;
import org.perille.internal.log.PartitionClock;

/**
 * The state of a partition at a sequence number, without its messages. Immutable.
 *
 * @param publishers the receipt of each publisher's last batch, the last sender at the end
 */
public record PartitionSnapshot(
    int partition,
    long nextOffset,
    long lastTimestampMillis,
    long sequenceNumber,
    List<BatchReceipt> publishers,
    List<DedupWindow.Known> ids,
    List<ProducerDedup.Remembered> producers,
    PartitionClock clock)
    implements PerilleSerializable {}
