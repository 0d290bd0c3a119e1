package org.perille.testkit;

import java.util.List;
import org.perille.SubscriptionStatus;
import org.perille.SubscriptionStatus.PartitionStatus;

/** The progress of a subscription, and whether only time can bring it further. */
record Progress(SubscriptionStatus status, List<? extends Attempt<?>> attempts) {

  /** Returns whether each message is handled, is a dead letter, or waits behind one. */
  boolean isSettled() {
    return status.attached() && status.partitions().stream().allMatch(Progress::isSettled);
  }

  private static boolean isSettled(PartitionStatus partition) {
    return isTaken(partition)
        && partition.problems().retrying() == 0
        && (partition.problems().waiting() == 0 || partition.problems().parkedKeys() > 0);
  }

  private static boolean isTaken(PartitionStatus partition) {
    return partition.nextOffset().orElse(0) + partition.finishedAbove() >= partition.endOffset();
  }

  /** Returns whether its workers have started, and have only deferred messages left. */
  boolean waitsForTime() {
    return status.attached() && status.partitions().stream().allMatch(Progress::isTaken);
  }

  /** Returns whether a handler is running. */
  boolean isRunning() {
    return attempts.stream().anyMatch(a -> a.outcome() == Attempt.Outcome.RUNNING);
  }
}
