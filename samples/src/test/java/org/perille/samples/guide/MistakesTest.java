package org.perille.samples.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.perille.Effect;
import org.perille.Handler;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.SubscriptionHandle;
import org.perille.Topic;
import org.perille.testkit.CrashPoint;
import org.perille.testkit.PerilleTestKit;

/** Mistakes of the guide, and what happens to those who make them. */
class MistakesTest {
  record Order(String id, String customer) implements PerilleMessage {}

  /** One partition, so that all messages are in one log, in the order of the calls. */
  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(1);

  private static final Duration HOUR = Duration.ofHours(1);

  private final Queue<String> done = new ConcurrentLinkedQueue<>();
  private final Handler<Order> work = delivery -> done.add(delivery.payload().id());

  @Test
  void a_cursor_before_the_work_loses_what_was_in_flight() {
    Subscription<Order> hasty = Subscription.of("hasty", ORDERS).atMostOnce(work);
    Subscription<Order> careful = Subscription.of("careful", ORDERS).atLeastOnce(work);
    assertThat(doneAfterCrash(hasty, CrashPoint.BEFORE_HANDLER)).isEmpty();
    assertThat(doneAfterCrash(careful, CrashPoint.BEFORE_HANDLER)).containsExactly("o-1");
  }

  @Test
  void work_before_the_cursor_is_done_twice_unless_it_is_idempotent() {
    Subscription<Order> careful = Subscription.of("careful", ORDERS).atLeastOnce(work);
    assertThat(doneAfterCrash(careful, CrashPoint.BEFORE_COMMIT)).containsExactly("o-1", "o-1");
  }

  /** Returns the work that is done for one order when the node crashes while it is handled. */
  private List<String> doneAfterCrash(Subscription<Order> subscription, CrashPoint point) {
    done.clear();
    try (PerilleTestKit kit = PerilleTestKit.start(subscription)) {
      kit.faults(subscription).crash(point);
      kit.awaitHandled(subscription, kit.publish(ORDERS, new Order("o-1", "anna"), "o-1"));
    }
    return List.copyOf(done);
  }

  @Test
  void a_failed_message_of_one_key_is_overtaken_by_those_of_other_keys_only() {
    Subscription<Order> mail = Subscription.of("mail", ORDERS).atLeastOnce(work);
    try (PerilleTestKit kit = PerilleTestKit.start(mail)) {
      kit.faults(mail).on(order -> order.id().equals("o-1")).fail(1);
      kit.publish(ORDERS, new Order("o-1", "anna"));
      kit.publish(ORDERS, new Order("o-2", "anna"));
      kit.awaitHandled(mail, kit.publish(ORDERS, new Order("o-3", "bert")));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(List.copyOf(done)).containsExactly("o-3", "o-1", "o-2");
    }
  }

  @Test
  void a_receipt_means_that_a_message_is_stored_and_a_reply_that_it_is_handled() {
    Subscription<Order> checkout =
        Subscription.of("checkout", ORDERS)
            .effectivelyOnce(delivery -> Effect.none().reply("paid " + delivery.payload().id()));
    try (PerilleTestKit kit = PerilleTestKit.start(checkout)) {
      SubscriptionHandle<Order> handle = kit.perille().subscription(checkout);
      handle.pause("maintenance").toCompletableFuture().join();
      Receipt receipt = kit.publish(ORDERS, new Order("o-1", "anna"));
      assertThat(kit.attempts(checkout)).isEmpty();

      handle.resume().toCompletableFuture().join();
      assertThat(kit.reply(checkout, receipt, String.class)).contains("paid o-1");
    }
  }

  @Test
  void too_strong_a_guarantee_stops_a_key_for_a_message_that_nobody_would_miss() {
    Subscription<Order> counting = Subscription.of("counting", ORDERS).atMostOnce(work);
    Topic<Order> counted = Topic.of("counted", Order.class).keyedBy(Order::customer);
    Subscription<Order> strong =
        Subscription.of("strong", ORDERS)
            .effectivelyOnce(delivery -> Effect.none().publish(counted, delivery.payload()));
    try (PerilleTestKit kit = PerilleTestKit.start(counting, strong, counted)) {
      kit.faults(counting).on(order -> order.id().equals("o-1")).poison();
      kit.faults(strong).on(order -> order.id().equals("o-1")).poison();
      kit.publish(ORDERS, new Order("o-1", "anna"));
      kit.publish(ORDERS, new Order("o-2", "anna"));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(List.copyOf(done)).containsExactly("o-2");
      assertThat(kit.handled(strong)).isEmpty();
      assertThat(kit.status(strong).partitions().get(0).problems().parkedKeys()).isEqualTo(1);
    }
  }
}
