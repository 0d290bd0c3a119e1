package org.perille.internal.partition;

import java.util.function.BiFunction;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.LogLimits;
import org.perille.internal.settings.PartitionSettings;

/**
 * The snapshots of a log: when one is due, and what it stores.
 *
 * @param <L> the type of the log
 * @param <S> the type of its snapshots
 */
public final class LogSnapshots<L extends OwnedLog, S> implements SnapshotAdapter<L> {
  private final Class<S> type;
  private final BiFunction<LogLimits, S, L> restore;
  private final LogLimits limits;
  private final PartitionSettings settings;
  private long bytesSinceSnapshot;

  public LogSnapshots(
      Class<S> type,
      BiFunction<LogLimits, S, L> restore,
      LogLimits limits,
      PartitionSettings settings) {
    this.type = type;
    this.restore = restore;
    this.limits = limits;
    this.settings = settings;
  }

  /** Returns whether a snapshot is due after an event. */
  public boolean isDue(L log, PartitionEvent event, long sequenceNumber) {
    if (event instanceof BatchAppended appended) {
      bytesSinceSnapshot += appended.sizeInBytes();
    }
    // A snapshot may be large. So it requires that as many bytes were appended since the last one.
    if (bytesSinceSnapshot < settings.snapshotBytes() + log.snapshotBytes()
        && sequenceNumber % settings.snapshotEvents() != 0) {
      return false;
    }
    bytesSinceSnapshot = 0;
    return true;
  }

  @Override
  public Object toJournal(L log) {
    return log.snapshot();
  }

  @Override
  public L fromJournal(Object snapshot) {
    return restore.apply(limits, type.cast(snapshot));
  }
}
