package org.perille.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.OnExhausted;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;
import org.perille.testkit.Attempt.Outcome;

class PerilleTestKitTest {
  private static final Duration HOUR = Duration.ofHours(1);

  private final Queue<String> mails = new ConcurrentLinkedQueue<>();

  private final Subscription<Order> mailing =
      Subscription.of("mailing", Order.TOPIC)
          .atLeastOnce(delivery -> mails.add(delivery.payload().id()));

  @Test
  void what_is_published_is_handled_and_seen() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      Receipt receipt = kit.publish(Order.TOPIC, Order.of(1));
      kit.awaitHandled(mailing, receipt);
      assertThat(kit.handled(mailing)).containsExactly(Order.of(1));
      assertThat(mails).containsExactly("o-1");
      Attempt<Order> attempt = kit.attempts(mailing).get(0);
      assertThat(attempt.outcome()).isEqualTo(Outcome.DONE);
      assertThat(attempt.delivery().attempt()).isEqualTo(1);
      assertThat(attempt.delivery().redelivered()).isFalse();
      assertThat(kit.cursor(mailing, receipt.partition())).isEqualTo(1);
      assertThat(kit.cursor(mailing, 1 - receipt.partition())).isZero();
    }
  }

  @Test
  void waiting_for_everything_includes_what_is_in_an_outbox() {
    Topic<Order> bills = Topic.of("bills", Order.class).keyedBy(Order::customer);
    Subscription<Order> billed =
        Subscription.of("billed", bills)
            .atLeastOnce(delivery -> mails.add(delivery.payload().id()));
    try (PerilleTestKit kit = PerilleTestKit.start(billed)) {
      Outbox outbox = Outbox.of(kit.dataSource());
      kit.register(
          outbox,
          Subscription.of("billing", Order.TOPIC)
              .effectivelyOnce(
                  JdbcHandler.of(
                      kit.dataSource(),
                      (connection, delivery) ->
                          outbox.publish(connection, bills, delivery.payload()))));
      kit.publish(Order.TOPIC, Order.of(1));
      kit.awaitAllHandled();
      assertThat(mails).containsExactly("o-1");
      kit.crash();
      outbox.publish(bills, Message.of(Order.of(2)));
      kit.awaitAllHandled();
      assertThat(mails).contains("o-2");
    }
  }

  @Test
  void a_message_published_again_under_its_id_is_a_duplicate() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isTrue();
      kit.awaitAllHandled();
      assertThat(mails).containsExactly("o-1");
    }
  }

  /** By default an id is deduplicated for an hour. */
  @Test
  void message_ids_expire_in_one_step_of_time_also_while_the_node_is_down() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
      kit.advanceTime(HOUR.minusMinutes(5));
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isTrue();
      kit.advanceTime(HOUR);
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
      kit.advanceTime(HOUR.plusMinutes(1));
      kit.crash();
      assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
    }
  }

  @Test
  void nothing_of_a_kit_is_seen_in_the_next_one() {
    for (int i = 0; i < 3; i++) {
      try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
        kit.tables().execute("CREATE TABLE t (id INT)", "INSERT INTO t VALUES (1)");
        assertThat(kit.publish(Order.TOPIC, Order.of(1), "o-1").duplicate()).isFalse();
        kit.awaitAllHandled();
        assertThat(kit.handled(mailing)).hasSize(1);
        assertThat(kit.tables().query("SELECT id FROM t")).containsExactly(List.of(1));
      }
    }
  }

  @Test
  void retries_take_no_time_when_time_is_let_pass() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      kit.faults(mailing).fail(4);
      kit.publish(Order.TOPIC, Order.of(1));
      Duration passed = kit.letTimePassUntilSettled(HOUR);
      assertThat(passed).isBetween(Duration.ofSeconds(11), Duration.ofSeconds(25));
      assertThat(kit.attempts(mailing))
          .extracting(Attempt::outcome)
          .containsExactly(
              Outcome.FAILED, Outcome.FAILED, Outcome.FAILED, Outcome.FAILED, Outcome.DONE);
      assertThat(kit.attempts(mailing).get(4).delivery().attempt()).isEqualTo(5);
      assertThat(mails).hasSize(1);
    }
  }

  @Test
  void a_message_that_always_fails_is_a_dead_letter_and_the_test_that_waits_for_it_hears_why() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      kit.faults(mailing).on(order -> order.id().equals("o-2")).poison();
      kit.publish(Order.TOPIC, Order.of(1));
      Receipt poisoned = kit.publish(Order.TOPIC, Order.of(2));
      kit.publish(Order.TOPIC, Order.of(3));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(mails).containsExactly("o-1", "o-3");
      DeadLetter letter = kit.awaitDeadLetters(mailing, 1).get(0);
      assertThat(letter.attempts()).isEqualTo(10);
      assertThatThrownBy(() -> kit.awaitHandled(mailing, poisoned))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("was given up")
          .hasMessageContaining(
              "dead letter: key 'customer', partition %d, offset 1, ATTEMPTS_EXHAUSTED after 10 attempts: HANDLER org.perille.testkit.InjectedFaultException a test has poisoned this message"
                  .formatted(poisoned.partition()));
      assertThatThrownBy(kit::awaitAllHandled)
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("a message was given up");
    }
  }

  @Test
  void a_test_that_waits_in_vain_hears_what_came_and_what_is_tried_again() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      kit.faults(mailing).poison();
      Receipt receipt = kit.publish(Order.TOPIC, Order.of(1));
      await()
          .atMost(PerilleTestKit.DEFAULT_POLLING)
          .until(() -> kit.describe(mailing).contains("1 failed"));
      kit.withPolling(Duration.ofMillis(500));
      assertThatThrownBy(() -> kit.awaitHandled(mailing, receipt))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("is not handled")
          .hasMessageContaining("1 failed and will be retried (advanceTime")
          .hasMessageContaining(
              "attempt 1 of Order[id=o-1, customer=customer, amount=1] (key 'customer', partition %d, offset 0): failed: org.perille.testkit.InjectedFaultException: a test has poisoned this message"
                  .formatted(receipt.partition()))
          .hasMessageContaining("(waited for 500 ms)");
    }
  }

  @Test
  void a_delayed_message_comes_when_its_time_has_come() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      Receipt later =
          kit.publish(Order.TOPIC, Message.of(Order.of(1)).notBefore(kit.now().plus(HOUR)));
      Order other = new Order("o-2", "another customer", 2);
      kit.awaitHandled(mailing, kit.publish(Order.TOPIC, other));
      kit.advanceTime(HOUR.minusMinutes(1));
      kit.awaitHandled(mailing, kit.publish(Order.TOPIC, other));
      assertThat(mails).containsExactly("o-2", "o-2");
      kit.advanceTime(Duration.ofMinutes(1));
      kit.awaitHandled(mailing, later);
      assertThat(mails).containsExactly("o-2", "o-2", "o-1");
    }
  }

  @Test
  void an_expired_message_is_a_dead_letter() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      kit.faults(mailing).fail(1);
      kit.publish(Order.TOPIC, Message.of(Order.of(1)).notAfter(kit.now().plus(HOUR)));
      kit.awaitAttempts(mailing, 1);
      kit.advanceTime(HOUR);
      assertThat(kit.awaitDeadLetters(mailing, 1))
          .extracting(DeadLetter::reason)
          .containsExactly(DeadLetter.Reason.EXPIRED);
      assertThat(mails).isEmpty();
    }
  }

  @Test
  void a_message_that_fails_for_too_long_is_given_up() {
    Subscription<Order> impatient =
        mailing.withRetries(
            RetryPolicy.fixed(Duration.ofMinutes(10)).withUnlimitedAttempts().withMaxAge(HOUR));
    try (PerilleTestKit kit = PerilleTestKit.start(impatient)) {
      kit.faults(impatient).poison();
      kit.publish(Order.TOPIC, Order.of(1));
      Duration passed = kit.letTimePassUntilSettled(HOUR.multipliedBy(3));
      assertThat(passed).isGreaterThan(Duration.ofMinutes(50));
      assertThat(kit.deadLetters(impatient))
          .extracting(DeadLetter::reason)
          .containsExactly(DeadLetter.Reason.TOO_OLD);
    }
  }

  @Test
  void a_handler_that_hangs_misses_its_deadline_without_waiting_for_it() {
    Subscription<Order> impatient = mailing.withDeadline(HOUR);
    try (PerilleTestKit kit = PerilleTestKit.start(impatient)) {
      kit.faults(impatient).hang();
      Receipt receipt = kit.publish(Order.TOPIC, Order.of(1));
      kit.awaitAttempts(impatient, 1);
      kit.letTimePassUntilSettled(HOUR.multipliedBy(2));
      kit.awaitHandled(impatient, receipt);
      assertThat(kit.attempts(impatient))
          .extracting(Attempt::outcome)
          .containsExactly(Outcome.RUNNING, Outcome.DONE);
    }
  }

  @Test
  void undecodable_bytes_hold_back_only_their_key() {
    Subscription<Order> strict = mailing.onExhausted(OnExhausted.PARK_KEY);
    try (PerilleTestKit kit = PerilleTestKit.start(strict)) {
      kit.publishUndecodable(Order.TOPIC, "customer");
      kit.publish(Order.TOPIC, Order.of(1));
      kit.publish(Order.TOPIC, new Order("o-2", "another customer", 2));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(mails).containsExactly("o-2");
      assertThat(kit.deadLetters(strict))
          .extracting(DeadLetter::failure)
          .containsExactly(DeadLetter.Failure.UNDECODABLE);
    }
  }

  @Test
  void an_answer_that_is_lost_lets_an_at_least_once_handler_see_the_message_twice() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      kit.faults(mailing).loseAnswer();
      kit.publish(Order.TOPIC, Order.of(1));
      kit.letTimePassUntilSettled(HOUR);
      assertThat(mails).containsExactly("o-1", "o-1");
      assertThat(kit.attempts(mailing).get(1).delivery().redelivered()).isTrue();
    }
  }

  @Test
  void a_crash_before_the_cursor_is_durable_lets_an_at_least_once_handler_see_the_message_twice() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      Perille crashing = kit.perille();
      kit.faults(mailing).crash(CrashPoint.BEFORE_COMMIT);
      Receipt receipt = kit.publish(Order.TOPIC, Order.of(1), "o-1");
      kit.awaitAttempts(mailing, 2);
      kit.awaitHandled(mailing, receipt);
      assertThat(mails).containsExactly("o-1", "o-1");
      assertThat(kit.attempts(mailing))
          .extracting(Attempt::outcome)
          .containsExactly(Outcome.CRASHED, Outcome.DONE);
      assertThat(kit.attempts(mailing).get(1).delivery().redelivered()).isTrue();
      assertThat(crashing.health().live()).isFalse();
      assertThat(kit.perille().health().ready()).isTrue();
    }
  }

  @Test
  void a_crash_anywhere_lets_a_jdbc_effect_happen_once() {
    for (CrashPoint point : CrashPoint.values()) {
      try (PerilleTestKit kit = PerilleTestKit.start()) {
        kit.tables().execute("CREATE TABLE paid (id VARCHAR(20), amount INT)");
        Subscription<Order> payment = payment(kit);
        kit.register(payment);
        kit.faults(payment).on(order -> order.amount() == 2).crash(point);
        for (int i = 1; i <= 3; i++) {
          kit.publish(Order.TOPIC, Order.of(i), "o-" + i);
        }
        kit.letTimePassUntilSettled(HOUR);
        assertThat(kit.attempts(payment))
            .as("%s", point)
            .extracting(Attempt::outcome)
            .contains(Outcome.CRASHED);
        assertThat(kit.tables().query("SELECT id, amount FROM paid"))
            .as("%s", point)
            .containsExactly(List.of("o-1", 1), List.of("o-2", 2), List.of("o-3", 3));
      }
    }
  }

  @Test
  void a_jdbc_attempt_that_fails_counts_once_though_it_was_in_a_transaction_with_others() {
    try (PerilleTestKit kit = PerilleTestKit.start()) {
      kit.tables().execute("CREATE TABLE paid (id VARCHAR(20), amount INT)");
      Subscription<Order> payment = payment(kit);
      kit.register(payment);
      kit.faults(payment).on(order -> order.amount() == 2).fail(2);
      for (int i = 1; i <= 3; i++) {
        kit.publish(Order.TOPIC, Order.of(i));
      }
      kit.letTimePassUntilSettled(HOUR);
      assertThat(kit.attempts(payment))
          .filteredOn(a -> a.payload().amount() == 2 && a.outcome() == Outcome.DONE)
          .extracting(a -> a.delivery().attempt())
          .containsExactly(3);
      assertThat(kit.tables().query("SELECT id FROM paid")).hasSize(3);
    }
  }

  private static Subscription<Order> payment(PerilleTestKit kit) {
    return Subscription.of("payment", Order.TOPIC)
        .effectivelyOnce(
            JdbcHandler.of(
                kit.dataSource(),
                (connection, delivery) -> {
                  try (var insert = connection.prepareStatement("INSERT INTO paid VALUES (?, ?)")) {
                    insert.setString(1, delivery.payload().id());
                    insert.setInt(2, delivery.payload().amount());
                    insert.executeUpdate();
                  }
                }));
  }

  @Test
  void of_a_batch_only_that_message_becomes_a_dead_letter_which_can_not_be_handled() {
    try (PerilleTestKit kit = PerilleTestKit.start()) {
      kit.tables().execute("CREATE TABLE paid (id VARCHAR(20), amount INT CHECK (amount <> 20))");
      Subscription<Order> payment =
          Subscription.of("payment", Order.TOPIC)
              .effectivelyOnce(
                  JdbcHandler.ofBatches(
                      kit.dataSource(),
                      (connection, deliveries) -> {
                        try (var insert =
                            connection.prepareStatement("INSERT INTO paid VALUES (?, ?)")) {
                          for (Delivery<Order> delivery : deliveries) {
                            insert.setString(1, delivery.payload().id());
                            insert.setInt(2, delivery.payload().amount());
                            insert.addBatch();
                          }
                          insert.executeBatch();
                        }
                      }));
      kit.register(payment);
      for (int i = 1; i <= 50; i++) {
        kit.publish(Order.TOPIC, new Order("o-" + i, "customer-" + i, i));
      }
      kit.letTimePassUntilSettled(HOUR);
      assertThat(kit.deadLetters(payment)).hasSize(1);
      assertThat(kit.tables().query("SELECT DISTINCT id FROM paid")).hasSize(49);
      assertThat(kit.tables().query("SELECT id FROM paid")).hasSize(49);
    }
  }

  @Test
  void a_crash_that_the_subscription_can_t_have_is_refused() {
    try (PerilleTestKit kit = PerilleTestKit.start(mailing)) {
      assertThatThrownBy(() -> kit.faults(mailing).crash(CrashPoint.AFTER_COMMIT))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "subscription 'mailing' of topic 'orders' commits nothing by itself, so there is no"
                  + " crash AFTER_COMMIT: use BEFORE_COMMIT, after its handler has answered");
    }
  }
}
