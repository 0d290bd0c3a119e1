package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.PartitionId;

class UsedPartitionsTest {
  private static final PartitionId ONE = new PartitionId("orders", 1);
  private static final PartitionId TWO = new PartitionId("orders", 2);

  /** The questions to the database, with their answers. */
  private final Map<Set<String>, CompletableFuture<Set<String>>> asked = new HashMap<>();

  private final UsedPartitions used =
      new UsedPartitions(
          ids -> asked.computeIfAbsent(Set.copyOf(ids), unknown -> new CompletableFuture<>()));

  private CompletableFuture<Set<String>> question(PartitionId... about) {
    return asked.get(Stream.of(about).map(PartitionId::persistenceId).collect(Collectors.toSet()));
  }

  @Test
  void a_partition_is_used_if_it_has_ever_had_an_owner() {
    CompletableFuture<?> found = used.find(Stream.of(ONE, TWO, TWO)).toCompletableFuture();
    assertThat(found).isNotDone();
    question(ONE, TWO).complete(Set.of(ONE.persistenceId()));
    assertThat(found).isCompleted();
    assertThat(used.contains(ONE)).isTrue();
    assertThat(used.contains(TWO)).isFalse();
    assertThat(used.size()).isEqualTo(1);
  }

  @Test
  void a_partition_that_is_known_is_not_looked_for_again() {
    used.add(ONE);
    assertThat(used.find(Stream.of(ONE)).toCompletableFuture()).isCompleted();
    assertThat(asked).isEmpty();
    CompletableFuture<?> found = used.find(Stream.of(ONE, TWO)).toCompletableFuture();
    question(TWO).complete(Set.of());
    assertThat(found).isCompleted();
    assertThat(used.contains(ONE)).isTrue();
  }

  @Test
  void a_partition_that_was_unused_is_looked_for_again() {
    CompletableFuture<?> first = used.find(Stream.of(ONE)).toCompletableFuture();
    question(ONE).complete(Set.of());
    assertThat(first).isCompleted();
    asked.clear();
    CompletableFuture<?> second = used.find(Stream.of(ONE)).toCompletableFuture();
    question(ONE).complete(Set.of(ONE.persistenceId()));
    assertThat(second).isCompleted();
    assertThat(used.contains(ONE)).isTrue();
  }

  @Test
  void partitions_count_as_used_if_the_database_does_not_answer() {
    CompletableFuture<?> found = used.find(Stream.of(ONE, TWO)).toCompletableFuture();
    question(ONE, TWO).completeExceptionally(new IllegalStateException("away"));
    assertThat(found).isCompleted();
    assertThat(used.contains(ONE)).isTrue();
    assertThat(used.contains(TWO)).isTrue();
  }
}
