package org.perille.internal.partition;

import org.perille.internal.Pure;
import org.perille.internal.log.PartitionEvent;

/** The state of a log in the journal that one actor owns at a time. */
@Pure
public interface OwnedLog {
  /** Applies an event that is being written, or is replayed. */
  void apply(PartitionEvent event);

  /**
   * Reads the owner's clock.
   *
   * <p>Call it far more often than {@link org.perille.internal.log.PartitionClock#MAX_STEP}, even
   * while nothing is appended. Otherwise time is doubtful.
   */
  void readClock(long nowMillis);

  /** Returns the journal sequence number of the last event. */
  long sequenceNumber();

  /** Returns the state, to be stored. */
  Object snapshot();

  /** Returns the size of a snapshot in bytes, roughly. */
  long snapshotBytes();
}
