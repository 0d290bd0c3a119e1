package org.perille.internal.partition;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.perille.internal.log.PartitionId;

/**
 * Wakes the workers of a partition that has messages. A worker whose partition is empty doesn't
 * run.
 *
 * <p>A worker that isn't fed is woken again and again: requests may be lost, and it may end before
 * it has attached.
 *
 * <p><b>Threading</b>: used by the partition's actor alone.
 */
final class WorkerWaking {
  /** The time between two requests to a worker that isn't fed. */
  static final Duration INTERVAL = Duration.ofSeconds(1);

  /**
   * The number of checks of a new owner, also if all known subscriptions are fed: what another node
   * has begun to run isn't known at once.
   */
  private static final int CHECKS_OF_NEW_OWNER = 10;

  private final PartitionId partition;
  private final SubscribedWorkers workers;
  private int checks;

  WorkerWaking(PartitionId partition, SubscribedWorkers workers) {
    this.partition = partition;
    this.workers = workers;
  }

  /**
   * Wakes the workers that aren't fed, if there are messages.
   *
   * @param nextOffset the offset after the last message of the log
   * @param isFed tells whether a subscription is fed
   * @return whether to check again after {@link #INTERVAL}
   */
  boolean wake(long nextOffset, Predicate<String> isFed) {
    if (nextOffset == 0) {
      return false;
    }
    checks++;
    List<String> unfed =
        workers.subscriptions(partition.topic()).stream().filter(isFed.negate()).toList();
    unfed.forEach(subscription -> workers.wake(partition, subscription));
    return !unfed.isEmpty() || checks < CHECKS_OF_NEW_OWNER;
  }

  /** Wakes a worker for which there is a request, whether or not there are messages. */
  void wake(String subscription) {
    workers.wake(partition, subscription);
  }
}
