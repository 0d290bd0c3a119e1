package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/** Histories that look wrong and are allowed. */
class AllowedTest {
  private static final String TOPIC = "topic";
  private static final String EFFECTS = "effects";
  private static final String CALLS = "calls";
  private static final String ONCE = "once";

  private final Scenario scenario = new Scenario();

  @Test
  void a_history_in_which_nothing_happened() {
    assertGood();
  }

  @Test
  void a_run_that_nobody_looked_at_afterwards() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    publish("a1");
    assertGood();
  }

  @Test
  void messages_that_wait_behind_a_dead_letter_of_their_key() {
    scenario.subscription(EFFECTS, TOPIC, Guarantee.EFFECTIVELY_ONCE);
    Scenario.Sent letter = publish("a1");
    publish("a2");
    scenario.tell(at -> new Operation.DeadLettered(at, EFFECTS, 0, letter.offset()));
    assertGoodAfterAll();
  }

  @Test
  void messages_that_wait_behind_a_dead_letter_that_stops_their_partition() {
    scenario.declare(
        new Operation.SubscriptionDeclared(
            0, CALLS, TOPIC, Guarantee.AT_LEAST_ONCE, true, true, OnExhausted.STOP_PARTITION));
    Scenario.Sent letter = publish("a1");
    publish("b1");
    scenario.tell(at -> new Operation.DeadLettered(at, CALLS, 0, letter.offset()));
    assertGoodAfterAll();
  }

  @Test
  void a_dead_letter_that_is_discarded_after_a_redrive_that_nobody_knows_of() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    Scenario.Sent letter = publish("a1");
    scenario
        .tell(at -> new Operation.DeadLettered(at, CALLS, 0, letter.offset()))
        .tell(at -> new Operation.Redriven(at, CALLS, 0, letter.offset()))
        .tell(at -> new Operation.Discarded(at, CALLS, 0, letter.offset()));
    assertGoodAfterAll();

    scenario.handle(letter, CALLS);
    assertGood();
  }

  @Test
  void a_message_of_a_transaction_that_failed_which_was_also_published_by_itself() {
    publish("a1");
    long again = scenario.newCall();
    long other = scenario.newCall();
    long transaction = scenario.newCall();
    scenario
        .tell(at -> new Operation.PublishInvoked(at, again, "shop", TOPIC, "a", "a1", "id-a1"))
        .tell(at -> new Operation.PublishInvoked(at, other, "shop", TOPIC, "b", "b1", ""))
        .tell(at -> new Operation.TransactionInvoked(at, transaction, List.of(again, other)))
        .tell(at -> Operation.PublishEnded.failed(at, again))
        .tell(at -> Operation.PublishEnded.failed(at, other));
    assertGoodAfterAll();
  }

  @Test
  void handlers_that_a_replaced_worker_begins() {
    scenario
        .subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE)
        .subscription(ONCE, TOPIC, Guarantee.AT_MOST_ONCE);
    Scenario.Sent first = publish("a1");
    Scenario.Sent second = publish("a2");
    scenario.crash(CALLS, 0, 0).crash(ONCE, 0, 1).handle(second, ONCE);
    scenario.handle(first, CALLS).handle(second, CALLS);
    for (String subscription : List.of(CALLS, ONCE)) {
      long call = scenario.newCall();
      scenario
          .tell(at -> Scenario.entered(at, call, first, subscription, 1, 1))
          .leave(call, Outcome.OK);
    }
    assertGoodAfterAll();
  }

  @Test
  void attempts_that_begin_anew_in_a_replaced_worker_or_after_success() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    Scenario.Sent sent = publish("a1");
    scenario.crash(CALLS, 0, 0);
    long third = scenario.enter(sent, CALLS, 3);
    long stale = scenario.newCall();
    scenario.tell(at -> Scenario.entered(at, stale, sent, CALLS, 1, 1)).leave(stale, Outcome.OK);
    scenario.leave(third, Outcome.OK).handle(sent, CALLS);
    assertGoodAfterAll();
  }

  @Test
  void a_replaced_worker_that_handles_what_was_discarded_meanwhile() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    Scenario.Sent letter = publish("a1");
    scenario
        .tell(at -> new Operation.DeadLettered(at, CALLS, 0, letter.offset()))
        .crash(CALLS, 0, 1)
        .tell(at -> new Operation.Discarded(at, CALLS, 0, letter.offset()));
    long call = scenario.newCall();
    scenario.tell(at -> Scenario.entered(at, call, letter, CALLS, 1, 2)).leave(call, Outcome.OK);
    assertGoodAfterAll();
  }

  @Test
  void at_most_once_losing_a_message_in_the_middle_of_a_key() {
    scenario.subscription(ONCE, TOPIC, Guarantee.AT_MOST_ONCE);
    Scenario.Sent first = publish("a1");
    publish("a2");
    Scenario.Sent third = publish("a3");
    scenario.handle(first, ONCE).crash(ONCE, 0, 2).handle(third, ONCE);
    assertGoodAfterAll();
  }

  @Test
  void at_least_once_beginning_again_at_its_cursor() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    Scenario.Sent first = publish("a1");
    Scenario.Sent second = publish("a2");
    scenario.handle(first, CALLS).handle(second, CALLS).crash(CALLS, 0, 0);
    scenario.handle(first, CALLS).handle(second, CALLS);
    assertGoodAfterAll();
  }

  @Test
  void a_transaction_of_several_messages_that_is_done_again_one_by_one() {
    scenario.subscription(EFFECTS, TOPIC, Guarantee.EFFECTIVELY_ONCE);
    Scenario.Sent first = publish("a1");
    Scenario.Sent second = publish("a2");
    scenario.leave(scenario.enter(first, EFFECTS, 1), Outcome.OK);
    scenario.leave(scenario.enter(second, EFFECTS, 1), Outcome.FAILED);
    scenario.handle(first, EFFECTS).handle(second, EFFECTS);
    assertGoodAfterAll();
  }

  @Test
  void an_effect_of_a_replaced_worker_on_a_key_that_its_successor_has_not_touched() {
    scenario.subscription(EFFECTS, TOPIC, Guarantee.EFFECTIVELY_ONCE);
    Scenario.Sent first = publish("a1");
    Scenario.Sent other = publish("b1");
    long late = scenario.enter(first, EFFECTS, 1);
    scenario.crash(EFFECTS, 0, 0).handle(other, EFFECTS);
    scenario
        .leave(late, Outcome.OK)
        .tell(at -> new Operation.EffectFound(at, 9, EFFECTS, 0, 0, "a", "a1", 1));
    assertGoodAfterAll();
  }

  @Test
  void what_at_most_once_had_in_flight_at_a_crash_being_lost() {
    scenario.subscription(ONCE, TOPIC, Guarantee.AT_MOST_ONCE);
    publish("a1");
    Scenario.Sent second = publish("a2");
    scenario.crash(ONCE, 0, 1).handle(second, ONCE);
    assertGoodAfterAll();
    assertThat(judged().figures().subscriptions().get(0).skipped()).isEqualTo(1);
  }

  @Test
  void a_subscription_that_begins_at_the_end_not_seeing_what_was_before() {
    scenario.declare(
        new Operation.SubscriptionDeclared(
            0, CALLS, TOPIC, Guarantee.AT_LEAST_ONCE, true, false, OnExhausted.CONTINUE));
    publish("a1");
    scenario.handle(publish("a2"), CALLS);
    assertGoodAfterAll();
  }

  @Test
  void a_subscription_that_begins_at_the_end_being_reset_to_what_was_before() {
    scenario.declare(
        new Operation.SubscriptionDeclared(
            0, CALLS, TOPIC, Guarantee.AT_LEAST_ONCE, true, false, OnExhausted.CONTINUE));
    Scenario.Sent before = publish("a1");
    Scenario.Sent next = publish("a2");
    scenario
        .handle(next, CALLS)
        .tell(at -> new Operation.ResetOrdered(at, CALLS, 0))
        .crash(CALLS, 0, 0)
        .handle(before, CALLS)
        .handle(next, CALLS);
    assertGoodAfterAll();
  }

  @Test
  void a_cursor_that_was_reset_to_where_the_log_has_not_come_to() {
    scenario
        .subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE)
        .tell(at -> new Operation.ResetOrdered(at, CALLS, 5))
        .crash(CALLS, 0, 5)
        .tell(at -> new Operation.LogRecovered(at, TOPIC, 0, 1, 0));
    assertGood();
  }

  @Test
  void a_message_without_an_id_standing_there_as_often_as_it_was_published() {
    scenario.publish("shop", TOPIC, "a", "a1", "", 0);
    scenario.publish("shop", TOPIC, "a", "a1", "", 0);
    assertGoodAfterAll();
  }

  @Test
  void epochs_that_nobody_knows() {
    scenario.subscription(CALLS, TOPIC, Guarantee.AT_LEAST_ONCE);
    Scenario.Sent first = publish("a1");
    Scenario.Sent second = publish("a2");
    scenario.handle(first, CALLS).handle(second, CALLS);
    long again = scenario.newCall();
    scenario
        .tell(at -> Scenario.entered(at, again, first, CALLS, Operation.UNKNOWN_EPOCH, 1))
        .leave(again, Outcome.OK)
        .tell(at -> new Operation.Stored(at, "journal", 1, 7))
        .tell(at -> new Operation.Stored(at, "journal", 2, Operation.UNKNOWN_EPOCH))
        .tell(at -> new Operation.ControlApplied(at, "x", 7, Operation.UNKNOWN_EPOCH));
    assertGoodAfterAll();
  }

  private Scenario.Sent publish(String value) {
    return scenario.publish("shop", TOPIC, value.substring(0, 1), value, 0);
  }

  private void assertGoodAfterAll() {
    scenario.tell(Operation.Healed::new).readAll("auditor").tell(Operation.Ended::new);
    assertGood();
  }

  private void assertGood() {
    Verdict verdict = judged();
    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
  }

  private Verdict judged() {
    return Checker.ofSteps().withBound(1_000 * Scenario.STEP).judge(scenario.history());
  }
}
