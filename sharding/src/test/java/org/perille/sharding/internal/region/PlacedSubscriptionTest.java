package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.perille.PerilleMessage;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.log.PartitionId;

class PlacedSubscriptionTest {
  private record Order(String id) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::id).withPartitions(3);
  private static final Subscription<Order> MAIL =
      Subscription.of("mail", ORDERS).atLeastOnce(delivery -> {});

  private static final PlacedSubscription FROM_THE_START =
      PlacedSubscription.of(MAIL.startingAt(StartPosition.earliest()));
  private static final PlacedSubscription FROM_NOW =
      PlacedSubscription.of(MAIL.startingAt(StartPosition.latest()));

  @Test
  void a_worker_of_a_partition_that_was_never_used_need_not_run() {
    assertThat(FROM_THE_START.workers(id -> id.partition() == 1)).containsExactly("orders~mail~1");
  }

  @Test
  void all_workers_of_a_subscription_that_starts_with_the_next_message_must_run() {
    assertThat(FROM_NOW.workers(id -> false))
        .containsExactly("orders~mail~0", "orders~mail~1", "orders~mail~2");
  }

  @Test
  void other_nodes_learn_all_of_a_subscription() {
    assertThat(PlacedSubscription.ofText(FROM_THE_START.text())).hasValue(FROM_THE_START);
    assertThat(PlacedSubscription.ofText(FROM_NOW.text())).hasValue(FROM_NOW);
    assertThat(PlacedSubscription.ofText("")).isEmpty();
    assertThat(PlacedSubscription.ofText("orders~mail~many")).isEmpty();
  }

  @Test
  void the_id_of_a_worker_tells_its_topic_its_subscription_and_its_partition() {
    assertThat(FROM_NOW.topic()).isEqualTo("orders");
    assertThat(FROM_NOW.subscription()).isEqualTo("mail");
    assertThat(PlacedSubscription.partitionIdOf("orders~mail~2"))
        .isEqualTo(new PartitionId("orders", 2));
  }
}
