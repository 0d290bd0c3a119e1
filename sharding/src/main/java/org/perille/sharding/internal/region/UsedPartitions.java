package org.perille.sharding.internal.region;

import java.util.concurrent.CompletionStage;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.PartitionId;

/**
 * Tells which partitions have ever been used.
 *
 * <p>One that hasn't been has no messages, so nothing has to run for it. Its owner starts with the
 * first message, and then wakes the workers. So topics and subscriptions without messages cost
 * almost nothing.
 */
final class UsedPartitions {
  private final PartitionJournal journal;

  UsedPartitions(PartitionJournal journal) {
    this.journal = journal;
  }

  /**
   * Returns whether a partition has ever had an owner: whether its journal has the first event. The
   * events of partitions aren't deleted.
   *
   * @return a stage that fails if the database does
   */
  CompletionStage<Boolean> isUsed(PartitionId id) {
    return journal.readUpTo(id.persistenceId(), 1, 1).thenApply(events -> !events.isEmpty());
  }
}
