package org.perille.testkit.history;

import java.util.HashSet;
import java.util.Set;

/** A subscription in a partition. */
final class PartitionView {
  final Receiver receiver;
  final LogEvidence log;

  /** The highest epoch that has acted so far. */
  private long highestEpoch;

  /** The start of the last known epoch. */
  int lastBeginning = -1;

  int epochs;
  boolean hasUnknownEpoch;
  boolean hasRecoveries;

  /** The highest cursor that a worker started with. */
  long recoveredBelow;

  /** Its start position by its definition, if that was recorded. */
  Operation.Begun begun;

  /** The first offset that it is known to have reached. */
  private long reached = Long.MAX_VALUE;

  /** The highest offset that it has finished. */
  long finished = -1;

  boolean hasLetters;
  long firstCursor = -1;
  private long coveredBelow;
  private Operation coveringBelow;
  private final Set<Long> coveredAbove = new HashSet<>(0);
  private Operation coveringAbove;

  PartitionView(Receiver receiver, LogEvidence log) {
    this.receiver = receiver;
    this.log = log;
  }

  /**
   * Records an action of an epoch.
   *
   * @return true if the epoch had been replaced already
   */
  boolean acts(long epoch, int index) {
    if (epoch == Operation.UNKNOWN_EPOCH) {
      hasUnknownEpoch = true;
      return false;
    }
    if (epoch > highestEpoch) {
      highestEpoch = epoch;
      epochs++;
      lastBeginning = index;
    }
    return epoch < highestEpoch;
  }

  void begins(Operation.Begun position) {
    begun = position;
  }

  void reaches(long offset) {
    reached = Math.min(reached, offset);
  }

  void finishes(long offset) {
    finished = Math.max(finished, offset);
  }

  void covers(Operation cursor, long below, Iterable<Long> above) {
    if (firstCursor < 0) {
      firstCursor = below;
    }
    if (below > coveredBelow) {
      coveredBelow = below;
      coveringBelow = cursor;
    }
    for (long offset : above) {
      if (coveredAbove.add(offset)) {
        coveringAbove = cursor;
      }
    }
  }

  /** Returns a durable cursor that has passed this offset; null if none is known. */
  Operation cursorPast(long offset) {
    return offset < coveredBelow
        ? coveringBelow
        : coveredAbove.contains(offset) ? coveringAbove : null;
  }

  /** Returns the first offset that it must receive. */
  long start() {
    if (begun != null) {
      return begun.offset();
    }
    return receiver.declared.fromEarliest() ? 0 : reached;
  }
}
