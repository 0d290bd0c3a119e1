package org.perille.internal.partition;

import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/** The snapshots of a partition: when one is due, and what it stores. */
final class PartitionSnapshots implements SnapshotAdapter<PartitionLog> {
  /** The size of a message id in a snapshot, roughly. */
  private static final long BYTES_OF_ID = 100;

  private final LogLimits limits;
  private final PartitionSettings settings;
  private long bytesSinceSnapshot;

  PartitionSnapshots(LogLimits limits, PartitionSettings settings) {
    this.limits = limits;
    this.settings = settings;
  }

  /** Returns whether a snapshot is due after an event. */
  boolean isDue(PartitionLog log, PartitionEvent event, long sequenceNumber) {
    if (event instanceof BatchAppended appended) {
      bytesSinceSnapshot += appended.sizeInBytes();
    }
    // The ids are the bulk of a snapshot. So a snapshot requires that as many bytes were appended
    // since.
    if (bytesSinceSnapshot < settings.snapshotBytes() + BYTES_OF_ID * log.idsKnown()
        && sequenceNumber % settings.snapshotEvents() != 0) {
      return false;
    }
    bytesSinceSnapshot = 0;
    return true;
  }

  @Override
  public Object toJournal(PartitionLog log) {
    return log.snapshot();
  }

  @Override
  public PartitionLog fromJournal(Object snapshot) {
    return PartitionLog.restore(limits, (PartitionSnapshot) snapshot);
  }
}
