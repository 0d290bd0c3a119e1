package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.perille.internal.log.PartitionId;

class WorkerWakingTest {
  private static final PartitionId PARTITION = new PartitionId("orders", 3);

  private final List<String> woken = new ArrayList<>();
  private Set<String> running = Set.of("mail", "payment");
  private final WorkerWaking waking =
      new WorkerWaking(
          PARTITION,
          new SubscribedWorkers() {
            @Override
            public Set<String> subscriptions(String topic) {
              assertThat(topic).isEqualTo("orders");
              return running;
            }

            @Override
            public void wake(PartitionId partition, String subscription) {
              assertThat(partition).isEqualTo(PARTITION);
              woken.add(subscription);
            }
          });

  @Test
  void an_empty_partition_wakes_no_worker() {
    assertThat(waking.wake(0, name -> false)).isFalse();
    assertThat(woken).isEmpty();
  }

  @Test
  void with_the_first_message_all_workers_are_woken() {
    assertThat(waking.wake(1, name -> false)).isTrue();
    assertThat(woken).containsExactlyInAnyOrder("mail", "payment");
  }

  @Test
  void a_worker_that_is_not_fed_is_woken_again_and_again() {
    for (int check = 0; check < 100; check++) {
      assertThat(waking.wake(1, "mail"::equals)).isTrue();
    }
    assertThat(woken).hasSize(100).containsOnly("payment");
  }

  @Test
  void a_new_owner_looks_for_a_while_for_subscriptions_that_it_does_not_know_yet() {
    running = Set.of();
    assertThat(waking.wake(1, name -> true)).isTrue();
    running = Set.of("mail");
    assertThat(waking.wake(1, name -> false)).isTrue();
    assertThat(woken).containsExactly("mail");
  }

  @Test
  void nothing_is_checked_for_ever_when_all_workers_are_fed() {
    int checks = 1;
    while (waking.wake(1, name -> true)) {
      checks++;
    }
    assertThat(checks).isLessThan(30);
    assertThat(woken).isEmpty();
  }

  @Test
  void a_request_for_a_worker_wakes_it_although_its_partition_is_empty() {
    waking.wake("payment");
    assertThat(woken).containsExactly("payment");
  }
}
