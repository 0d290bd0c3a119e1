package org.perille.sharding.internal.bootstrap;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.cluster.singleton.ClusterSingletonManager;
import org.junit.jupiter.api.Test;

class RoutineMessagesTest {
  @Test
  void regions_that_wait_for_their_coordinator_and_singletons_that_move_are_routine() {
    assertThat(
            RoutineMessages.isRoutine(
                ShardRegion.class,
                "perille-partition: Requested shard homes [orders~5] from coordinator at [a]. [3] total buffered messages."))
        .isTrue();
    assertThat(
            RoutineMessages.isRoutine(
                ClusterSingletonManager.class,
                "ClusterSingletonManager state change [Start -> Oldest]"))
        .isTrue();
  }

  @Test
  void other_messages_and_other_classes_are_not() {
    assertThat(
            RoutineMessages.isRoutine(
                ShardRegion.class, "Graceful shutdown of shard region timed out"))
        .isFalse();
    assertThat(RoutineMessages.isRoutine(RoutineMessages.class, "Requested shard homes")).isFalse();
  }
}
