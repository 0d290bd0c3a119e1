package org.perille.internal.transaction;

import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.partition.TransactionSnapshot;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/** The snapshots of a log of transactions: when one is due, and what it stores. */
final class TransactionSnapshots implements SnapshotAdapter<TransactionLog> {
  private final LogLimits limits;
  private final PartitionSettings settings;
  private long bytesSinceSnapshot;

  TransactionSnapshots(LogLimits limits, PartitionSettings settings) {
    this.limits = limits;
    this.settings = settings;
  }

  /** Returns whether a snapshot is due after an event. */
  boolean isDue(TransactionLog log, PartitionEvent event, long sequenceNumber) {
    if (event instanceof BatchAppended appended) {
      bytesSinceSnapshot += appended.sizeInBytes();
    }
    // As many bytes as the snapshot has were appended since the last one.
    if (bytesSinceSnapshot < settings.snapshotBytes() + log.snapshotBytes()
        && sequenceNumber % settings.snapshotEvents() != 0) {
      return false;
    }
    bytesSinceSnapshot = 0;
    return true;
  }

  @Override
  public Object toJournal(TransactionLog log) {
    return log.snapshot();
  }

  @Override
  public TransactionLog fromJournal(Object snapshot) {
    return TransactionLog.restore(limits, (TransactionSnapshot) snapshot);
  }
}
