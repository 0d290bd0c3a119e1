package org.perille.internal.partition;

import java.util.List;
import org.perille.internal.log.BatchReceipt;

/** What a partition knows at a sequence number, without its messages. Immutable. */
public record PartitionSnapshot(
    int partition,
    long nextOffset,
    long lastTimestampMillis,
    long sequenceNumber,
    List<LastBatch> publishers,
    List<DedupWindow.Known> ids,
    List<Lanes.Remembered> lanes) {

  /** The last batch of a publisher, and when it was appended. */
  public record LastBatch(BatchReceipt receipt, long timestampMillis) {}
}
