package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.Effect;
import org.perille.Outbox;
import org.perille.RetryPolicy;
import org.perille.Subscription;

/** An application of two subscriptions and an outbox. */
class NodeUnderTestTest {
  private final Queue<String> handled = new ConcurrentLinkedQueue<>();
  private final CountDownLatch open = new CountDownLatch(1);
  private final Subscription<Order> doubling =
      Subscription.of("doubling", Order.TOPIC)
          .effectivelyOnce(
              delivery -> {
                Order order = delivery.payload();
                return order.id().startsWith("more-")
                    ? Effect.none()
                    : Effect.none()
                        .publish(Order.TOPIC, new Order("more-" + order.id(), order.customer(), 1));
              });
  private final Subscription<Order> noting =
      Subscription.of("noting", Order.TOPIC)
          .atLeastOnce(
              delivery -> {
                if (delivery.payload().id().equals("poison")) {
                  throw new IllegalArgumentException("not edible");
                }
                if (delivery.payload().id().equals("slow")) {
                  open.await();
                }
                handled.add(delivery.payload().id());
              })
          .withRetries(RetryPolicy.never());
  private final PerilleTestKit kit = PerilleTestKit.start(doubling, noting);
  private final Outbox outbox = Outbox.of(kit.dataSource());
  private final NodeUnderTest node;

  NodeUnderTestTest() {
    kit.perille().register(outbox);
    node = NodeUnderTest.of(kit.perille(), () -> List.of(doubling, noting), () -> List.of(outbox));
  }

  @AfterEach
  void close() {
    open.countDown();
    kit.close();
  }

  @Test
  void nothing_to_handle_is_handled() {
    node.awaitAllHandled();
  }

  @Test
  void rows_of_the_outbox_and_what_handlers_publish_are_awaited() throws Exception {
    // Not through the outbox's own data source, so the relay finds the row only when it looks.
    try (Connection connection = kit.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      outbox.publish(connection, Order.TOPIC, Order.of(1));
      connection.commit();
    }
    node.awaitAllHandled();
    assertThat(handled).containsExactlyInAnyOrder("o-1", "more-o-1");
  }

  @Test
  void a_dead_letter_ends_the_wait_with_its_reason() {
    kit.publish(Order.TOPIC, new Order("poison", "customer", 1));
    List<DeadLetter> letters = node.awaitDeadLetters(noting, 1);
    assertThat(letters).singleElement().satisfies(one -> assertThat(one.offset()).isZero());
    assertThat(node.deadLetters(noting)).hasSize(1);
    assertThatThrownBy(node::awaitAllHandled)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("given up")
        .hasMessageContaining("not edible");
  }

  @Test
  void a_wait_that_times_out_says_what_is_missing() {
    kit.publish(Order.TOPIC, new Order("slow", "customer", 1));
    assertThatThrownBy(() -> node.withPolling(Duration.ofMillis(200)).awaitAllHandled())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("not everything is handled")
        .hasMessageContaining("subscription 'noting' of topic 'orders'")
        .hasMessageContaining("not finished, from offset 0 on")
        .hasMessageContaining("outbox");
  }
}
