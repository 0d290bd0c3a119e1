package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionId;

class UsedPartitionsTest {
  private static final PartitionId ONE = new PartitionId("orders", 1);
  private static final PartitionId TWO = new PartitionId("orders", 2);

  private final Map<String, CompletableFuture<List<Stored>>> reads = new ConcurrentHashMap<>();
  private final UsedPartitions used =
      new UsedPartitions(
          (id, from, to) -> {
            assertThat(reads.put(id, new CompletableFuture<>())).isNull();
            return reads.get(id);
          });

  private void answer(PartitionId id, Stored... events) {
    reads.remove(id.persistenceId()).complete(List.of(events));
  }

  private static Stored event() {
    return new Stored(1, new PartitionEvent.Activated(1, "node"));
  }

  private void find(PartitionId... among) throws Exception {
    used.find(Stream.of(among)).toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  @Test
  void a_partition_is_used_if_it_has_ever_had_an_owner() throws Exception {
    CompletableFuture<?> found = used.find(Stream.of(ONE, TWO)).toCompletableFuture();
    answer(ONE, event());
    answer(TWO);
    found.get(60, TimeUnit.SECONDS);
    assertThat(used.contains(ONE)).isTrue();
    assertThat(used.contains(TWO)).isFalse();
  }

  @Test
  void a_partition_that_is_known_is_not_looked_for_again() throws Exception {
    used.add(ONE);
    find(ONE);
    assertThat(reads).isEmpty();
  }

  @Test
  void a_partition_is_looked_for_once_at_a_time_and_again_later() throws Exception {
    CompletableFuture<?> first = used.find(Stream.of(ONE)).toCompletableFuture();
    CompletableFuture<?> second = used.find(Stream.of(ONE)).toCompletableFuture();
    answer(ONE);
    first.get(60, TimeUnit.SECONDS);
    second.get(60, TimeUnit.SECONDS);
    CompletableFuture<?> third = used.find(Stream.of(ONE)).toCompletableFuture();
    answer(ONE, event());
    third.get(60, TimeUnit.SECONDS);
    assertThat(used.contains(ONE)).isTrue();
  }

  @Test
  void a_partition_counts_as_used_if_the_database_does_not_answer() throws Exception {
    CompletableFuture<?> found = used.find(Stream.of(ONE)).toCompletableFuture();
    reads.get(ONE.persistenceId()).completeExceptionally(new IllegalStateException("away"));
    found.get(60, TimeUnit.SECONDS);
    assertThat(used.contains(ONE)).isTrue();
  }
}
