package org.perille.testkit;

import java.util.List;
import org.perille.SubscriptionStatus;
import org.perille.SubscriptionStatus.PartitionStatus;

/** How far a subscription is, and whether only time can bring it further. */
record Progress(SubscriptionStatus status, List<? extends Attempt<?>> attempts) {

  /** Whether everything is handled or given up, or waits behind something that was given up. */
  boolean isSettled() {
    return status.attached() && status.partitions().stream().allMatch(Progress::isSettled);
  }

  private static boolean isSettled(PartitionStatus partition) {
    return isTaken(partition)
        && partition.trouble().retrying() == 0
        && (partition.trouble().waiting() == 0 || partition.trouble().parkedKeys() > 0);
  }

  private static boolean isTaken(PartitionStatus partition) {
    return partition.nextOffset() + partition.finishedAbove() >= partition.endOffset();
  }

  /** Whether its workers are there, and have nothing to take but what they have put aside. */
  boolean waitsForTime() {
    return status.attached() && status.partitions().stream().allMatch(Progress::isTaken);
  }

  /** Whether a handler is running. */
  boolean isRunning() {
    return attempts.stream().anyMatch(a -> a.outcome() == Attempt.Outcome.RUNNING);
  }
}
