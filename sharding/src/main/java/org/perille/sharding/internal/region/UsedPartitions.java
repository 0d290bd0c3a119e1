package org.perille.sharding.internal.region;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
  private final Function<Collection<String>, CompletableFuture<Set<String>>> journals;
  private final Set<PartitionId> known = ConcurrentHashMap.newKeySet();

  /**
   * Creates a set that is empty.
   *
   * @param journals returns those of some persistence ids that have ever had an event
   */
  UsedPartitions(Function<Collection<String>, CompletableFuture<Set<String>>> journals) {
    this.journals = journals;
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
    Map<String, PartitionId> unknown =
        among
            .filter(id -> !known.contains(id))
            .collect(Collectors.toMap(PartitionId::persistenceId, id -> id, (one, same) -> one));
    return unknown.isEmpty()
        ? CompletableFuture.completedFuture(true)
        : journals
            .apply(unknown.keySet())
            .handle(
                (used, failure) ->
                    known.addAll(
                        (failure == null ? used : unknown.keySet())
                            .stream().map(unknown::get).toList()));
  }
}
