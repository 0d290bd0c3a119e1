package org.perille.internal.partition;

import java.util.Set;
import org.perille.internal.log.PartitionId;

/**
 * The workers that are fed by the partitions of this node, wherever they run.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public interface SubscribedWorkers {
  /** No workers. */
  SubscribedWorkers NONE =
      new SubscribedWorkers() {
        @Override
        public Set<String> subscriptions(String topic) {
          return Set.of();
        }

        @Override
        public void wake(PartitionId partition, String subscription) {
          // There is none.
        }
      };

  /**
   * Returns the stored names of a topic's durable subscriptions that some node runs. What another
   * node has begun to run is known after a moment, usually within a second.
   */
  Set<String> subscriptions(String topic);

  /** Starts a worker, if it isn't running. The request may be lost. */
  void wake(PartitionId partition, String subscription);
}
