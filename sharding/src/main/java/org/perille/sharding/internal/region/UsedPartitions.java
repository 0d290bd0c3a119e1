package org.perille.sharding.internal.region;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.perille.internal.feed.PartitionJournal;
import org.perille.internal.log.PartitionId;

/**
 * The partitions that are known to have been used.
 *
 * <p>Any other one has no messages, so neither its owner nor its workers have to run. They start
 * with the first message. So topics and subscriptions without messages cost nothing.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class UsedPartitions {
  private final PartitionJournal journal;
  private final Set<PartitionId> known = ConcurrentHashMap.newKeySet();

  /** The partitions that are being looked for. */
  private final Map<PartitionId, CompletableFuture<Void>> looking = new ConcurrentHashMap<>();

  UsedPartitions(PartitionJournal journal) {
    this.journal = journal;
  }

  /** Adds a partition that is in use. */
  void add(PartitionId id) {
    known.add(id);
  }

  /** Returns whether a partition is known to have been used. */
  boolean contains(PartitionId id) {
    return known.contains(id);
  }

  /** Returns the number of known partitions, which only grows. */
  int size() {
    return known.size();
  }

  /**
   * Looks in the database for the partitions that aren't known.
   *
   * <p>If the database doesn't answer, the partition counts as used: its owner and workers report
   * the problem.
   *
   * @return a stage that completes when all of them are added that have ever had an owner: those
   *     whose journal has the first event. The events of partitions aren't deleted.
   */
  CompletionStage<?> find(Stream<PartitionId> among) {
    return CompletableFuture.allOf(
        among
            .filter(id -> !known.contains(id))
            .map(id -> looking.computeIfAbsent(id, this::look))
            .toArray(CompletableFuture[]::new));
  }

  private CompletableFuture<Void> look(PartitionId id) {
    // Its own end removes the entry, which must be there before.
    return CompletableFuture.completedFuture(id)
        .thenCompose(asked -> journal.readUpTo(asked.persistenceId(), 1, 1))
        .handleAsync(
            (events, failure) -> {
              if (failure != null || !events.isEmpty()) {
                known.add(id);
              }
              boolean unused = looking.remove(id) != null;
              return null;
            });
  }
}
