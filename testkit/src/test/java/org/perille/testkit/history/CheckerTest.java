package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.perille.testkit.history.CorrectScenario.DASHBOARD;
import static org.perille.testkit.history.CorrectScenario.EVERYBODY;
import static org.perille.testkit.history.CorrectScenario.MAIL;
import static org.perille.testkit.history.CorrectScenario.ORDERS;
import static org.perille.testkit.history.CorrectScenario.PAYMENT;
import static org.perille.testkit.history.CorrectScenario.QUEUE;
import static org.perille.testkit.history.CorrectScenario.STATISTICS;

import java.util.List;
import java.util.function.Predicate;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Receipt;

/** Each anomaly is planted into a good history, and must be the only one reported. */
class CheckerTest {
  private static final long BOUND = 1_000 * Scenario.STEP;
  private static final Checker CHECKER = Checker.ofSteps().withBound(BOUND);

  private final CorrectScenario good = new CorrectScenario();
  private final Scenario scenario = good.scenario;

  @Test
  void a_good_history_with_every_kind_of_operation_has_no_anomaly() {
    good.end();
    assertThat(scenario.history().operations())
        .extracting(operation -> (Object) operation.getClass())
        .contains((Object[]) Operation.class.getPermittedSubclasses());

    Verdict verdict = CHECKER.judge(scenario.history());

    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
    assertThat(verdict.counts()).hasSize(30).containsOnlyKeys(Anomaly.values());
    assertThat(verdict.counts().values()).containsOnly(0L);
  }

  @Test
  void lost_write_when_the_log_goes_on_behind_an_ok_publish_that_it_does_not_have() {
    good.end();
    Operation later = scenario.find(reads("a5"));
    scenario.without(reads("a2"));

    assertOnly(Anomaly.LOST_WRITE, invoked("a2"), ended("a2"), later)
        .contains("'a2' of key 'a' has a receipt for orders/0 offset 1");
  }

  @Test
  void lost_write_when_the_log_ends_before_an_ok_publish() {
    good.end();
    Predicate<Operation> end = op -> op instanceof Operation.LogRead read && read.partition() == 0;
    scenario.without(reads("a5"));
    scenario.replace(
        end.and(by("auditor")), at -> new Operation.LogRead(at, "auditor", ORDERS, 0, 8));
    scenario.replace(
        end.and(by("inspector")), at -> new Operation.LogRead(at, "inspector", ORDERS, 0, 8));

    assertOnly(Anomaly.LOST_WRITE, invoked("a5"), ended("a5"), scenario.find(end))
        .contains("it ends before");
  }

  @Test
  void lost_write_when_another_message_stands_in_its_place() {
    Scenario.Sent usurper = scenario.publishUnknown("shop", ORDERS, "x", "x1", 0);
    long call = scenario.newCall();
    scenario
        .tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "v", "v1", ""))
        .tell(at -> Operation.PublishEnded.ok(at, call, Scenario.receipt(usurper, false)))
        .handle(usurper, EVERYBODY);
    good.end();

    assertOnly(Anomaly.LOST_WRITE, invoked("v1"), ended("v1"), scenario.find(reads("x1")))
        .contains("there is another message");
  }

  @Test
  void lost_write_when_a_partition_recovers_without_it_and_nobody_reads_the_log() {
    good.end();
    scenario.without(op -> op instanceof Operation.MessageRead || op instanceof Operation.LogRead);
    scenario.tell(at -> new Operation.LogRecovered(at, ORDERS, 0, 3, 8));

    assertOnly(Anomaly.LOST_WRITE, invoked("a5"), ended("a5"), scenario.last());
  }

  @Test
  void unseen_when_at_least_once_went_on_without_a_message() {
    good.end();
    Operation read = scenario.find(reads("b3"));
    forget("b3", MAIL);

    assertOnly(Anomaly.UNSEEN, invoked("b3"), ended("b3"), read)
        .contains("mail never handled 'b3' of key 'b' (orders/0 offset 4)");
  }

  @Test
  void unseen_when_effectively_once_went_on_without_a_message() {
    good.end();
    scenario.without(
        op -> op instanceof Operation.EffectFound effect && effect.value().equals("b3"));
    forget("b3", PAYMENT);

    assertOnly(Anomaly.UNSEEN, invoked("b3"), ended("b3"), scenario.find(reads("b3")));
  }

  @Test
  void unseen_when_at_most_once_lost_a_message_and_no_worker_had_ended() {
    good.end();
    forget("d1", STATISTICS);

    assertOnly(Anomaly.UNSEEN, invoked("d1"), ended("d1"), scenario.find(reads("d1")));
  }

  @Test
  void unseen_when_a_redriven_message_was_never_handled_nor_given_up_again() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario
        .handle(sent, PAYMENT, STATISTICS, QUEUE)
        .tell(at -> new Operation.DeadLettered(at, MAIL, 0, sent.offset()))
        .tell(at -> new Operation.Redriven(at, MAIL, 0, sent.offset()))
        .handle(scenario.publish("shop", ORDERS, "f", "f1", 0), EVERYBODY);
    good.end();

    assertOnly(Anomaly.UNSEEN, invoked("e1"), ended("e1"), scenario.find(reads("e1")));
  }

  @Test
  void phantom_when_a_handler_is_given_what_nobody_published() {
    Scenario.Sent ghost = new Scenario.Sent(ORDERS, "z", "ghost", "", 0, 99);
    long call = scenario.enter(ghost, MAIL, 1);
    Operation entered = scenario.last();
    scenario.leave(call, Outcome.OK);
    good.end();

    assertOnly(Anomaly.PHANTOM, entered).contains("Nobody published 'ghost'");
  }

  @Test
  void phantom_when_the_log_has_what_nobody_published() {
    good.end();
    scenario.tell(
        at -> Scenario.read(at, "auditor", new Scenario.Sent(ORDERS, "z", "ghost", "", 0, 9)));

    assertOnly(Anomaly.PHANTOM, scenario.last());
  }

  @Test
  void phantom_when_the_log_has_what_was_refused() {
    good.end();
    scenario.tell(
        at -> Scenario.read(at, "auditor", new Scenario.Sent(ORDERS, "b", "b4", "", 0, 9)));

    assertOnly(Anomaly.PHANTOM, invoked("b4"), ended("b4"), scenario.last()).contains("failed");
  }

  @Test
  void phantom_when_a_message_has_another_key_than_was_published() {
    good.end();
    scenario.tell(
        at -> Scenario.read(at, "auditor", new Scenario.Sent(ORDERS, "z", "b5", "", 0, 9)));

    assertOnly(Anomaly.PHANTOM, invoked("b5"), ended("b5"), scenario.last())
        .contains("published under key 'b'");
  }

  @Test
  void duplicate_append_when_an_id_stands_at_two_offsets() {
    Scenario.Sent copy = scenario.storeAgain(good.a2);
    scenario.handle(copy, EVERYBODY);
    good.end();

    assertOnly(
            Anomaly.DUPLICATE_APPEND,
            scenario.find(reads("a2")),
            scenario.find(reads("a2").and(at(copy.offset()))))
        .contains("published as 'id-a2'");
  }

  @Test
  void duplicate_append_when_one_publish_without_an_id_stands_at_two_offsets() {
    Scenario.Sent copy = scenario.storeAgain(good.c3);
    scenario.handle(copy, EVERYBODY);
    good.end();

    assertOnly(
            Anomaly.DUPLICATE_APPEND,
            scenario.find(reads("c3")),
            scenario.find(reads("c3").and(at(copy.offset()))))
        .contains("published once");
  }

  @Test
  void duplicate_append_when_two_messages_of_one_id_are_stored() {
    Scenario.Sent one = scenario.publish("shop", ORDERS, "e", "e1", "same", 0);
    Scenario.Sent other = scenario.publish("shop", ORDERS, "e", "e2", "same", 0);
    scenario.handle(one, EVERYBODY).handle(other, EVERYBODY);
    good.end();

    assertOnly(Anomaly.DUPLICATE_APPEND, scenario.find(reads("e1")), scenario.find(reads("e2")))
        .contains("The id 'same' of key 'e'");
  }

  @Test
  void inconsistent_offset_when_two_readers_saw_different_values() {
    good.end();
    Predicate<Operation> second = reads("a2").and(by("inspector"));
    scenario.replace(
        second, at -> new Operation.MessageRead(at, "inspector", ORDERS, 0, 1, "a", "a1", "id-a1"));

    assertOnly(
        Anomaly.INCONSISTENT_OFFSET,
        scenario.find(enters("a2", PAYMENT)),
        scenario.find(reads("a1").and(by("inspector")).and(at(1))));
  }

  @Test
  void inconsistent_offset_when_a_receipt_names_the_place_of_another_message() {
    good.end();
    Operation.PublishEnded real = (Operation.PublishEnded) ended("a2");
    scenario.replace(
        op -> op.equals(real),
        at -> Operation.PublishEnded.ok(at, real.call(), Receipt.of(ORDERS, "a", 1, 0)));

    assertOnly(Anomaly.INCONSISTENT_OFFSET, invoked("a2"), ended("a2"), scenario.find(reads("a2")));
  }

  @Test
  void offset_gap_when_the_log_skips_what_nobody_has_a_receipt_for() {
    good.end();
    scenario.without(reads("u1"));

    assertOnly(Anomaly.OFFSET_GAP, scenario.find(reads("b3")), scenario.find(reads("a3")))
        .contains("no orders/0 offset 5");
  }

  @Test
  void reordered_append_when_two_publishes_of_a_publisher_are_stored_the_other_way_round() {
    for (Scenario.Sent sent : scenario.publishReordered("shop", ORDERS, "e", 0)) {
      scenario.handle(sent, EVERYBODY);
    }
    good.end();

    assertOnly(
        Anomaly.REORDERED_APPEND, invoked("e-1"), invoked("e-2"), ended("e-2"), ended("e-1"));
  }

  @Test
  void order_violation_when_at_least_once_overtakes() {
    Pair pair = new Pair();
    pair.handledInOrder(PAYMENT, STATISTICS, QUEUE);
    scenario.handle(pair.second, MAIL).handle(pair.first, MAIL);
    Operation.HandlerEntered first = (Operation.HandlerEntered) scenario.find(enters("e1", MAIL));
    good.end();

    assertOnly(Anomaly.ORDER_VIOLATION, scenario.find(enters("e2", MAIL)), first, leaving(first));
  }

  @Test
  void order_violation_when_a_failed_message_is_overtaken() {
    Pair pair = new Pair();
    scenario.leave(scenario.enter(pair.first, MAIL, 1), Outcome.FAILED);
    scenario.handle(pair.second, MAIL);
    Operation overtaking = scenario.find(enters("e2", MAIL));
    scenario.enter(pair.first, MAIL, 2);
    Operation again = scenario.last();
    scenario.leave(((Operation.HandlerEntered) again).call(), Outcome.OK);
    Operation left = scenario.last();
    pair.handledInOrder(PAYMENT, STATISTICS, QUEUE);
    good.end();

    assertOnly(Anomaly.ORDER_VIOLATION, overtaking, again, left)
        .contains("before it was finished with 'e1'");
  }

  @Test
  void order_violation_when_an_at_least_once_worker_goes_back() {
    Pair pair = new Pair();
    pair.handledInOrder(EVERYBODY);
    scenario.enter(pair.first, MAIL, 2);
    Operation back = scenario.last();
    good.end();

    assertOnly(Anomaly.ORDER_VIOLATION, scenario.find(enters("e2", MAIL)), back)
        .contains("Epoch 1 of mail");
  }

  @Test
  void order_violation_when_at_most_once_overtakes() {
    Pair pair = new Pair();
    pair.handledInOrder(PAYMENT, MAIL, QUEUE);
    scenario.handle(pair.second, STATISTICS).handle(pair.first, STATISTICS);
    good.end();

    assertOnly(
        Anomaly.ORDER_VIOLATION,
        scenario.find(enters("e2", STATISTICS)),
        scenario.find(enters("e1", STATISTICS)));
  }

  @Test
  void order_violation_when_effects_are_committed_out_of_order() {
    Pair pair = new Pair();
    pair.handledInOrder(MAIL, STATISTICS, QUEUE);
    scenario.leave(scenario.enter(pair.first, PAYMENT, 1), Outcome.OK);
    scenario.leave(scenario.enter(pair.second, PAYMENT, 1), Outcome.OK);
    scenario.effect(pair.second, PAYMENT).effect(pair.first, PAYMENT);
    good.end();

    assertOnly(Anomaly.ORDER_VIOLATION, effectOf("e2"), effectOf("e1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {MAIL, STATISTICS})
  void concurrent_key_when_two_messages_of_a_key_are_handled_at_once(String subscription) {
    Pair pair = new Pair();
    long one = scenario.enter(pair.first, subscription, 1);
    Operation firstEntered = scenario.last();
    long two = scenario.enter(pair.second, subscription, 1);
    Operation secondEntered = scenario.last();
    scenario.leave(one, Outcome.OK);
    Operation firstLeft = scenario.last();
    scenario.leave(two, Outcome.OK);
    Operation secondLeft = scenario.last();
    pair.handledInOrder(PAYMENT, subscription.equals(MAIL) ? STATISTICS : MAIL, QUEUE);
    good.end();

    assertOnly(Anomaly.CONCURRENT_KEY, firstEntered, secondEntered, firstLeft, secondLeft);
  }

  @Test
  void concurrent_key_when_one_attempt_is_handed_out_twice() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    long one = scenario.enter(sent, MAIL, 1);
    long two = scenario.enter(sent, MAIL, 1);
    Operation twice = scenario.last();
    scenario.leave(one, Outcome.OK).leave(two, Outcome.OK);
    Operation secondLeft = scenario.last();
    scenario.handle(sent, PAYMENT, STATISTICS, QUEUE);
    good.end();

    assertOnly(
        Anomaly.CONCURRENT_KEY,
        scenario.find(enters("e1", MAIL)),
        twice,
        scenario.find(
            new Operation.HandlerLeft(secondLeft.at() - Scenario.STEP, one, Outcome.OK)::equals),
        secondLeft);
  }

  @Test
  void double_effect_when_the_effect_store_has_an_effect_twice() {
    scenario.effect(good.a1, PAYMENT);
    good.end();

    assertOnly(Anomaly.DOUBLE_EFFECT, effectOf("a1"), lastEffectOf("a1"))
        .contains("is there 2 times");
  }

  @Test
  void missing_effect_when_its_key_went_on_without_it() {
    good.end();
    scenario.without(
        op -> op instanceof Operation.EffectFound effect && effect.value().equals("a2"));
    Operation.HandlerEntered entered =
        (Operation.HandlerEntered) scenario.find(enters("a2", PAYMENT));

    assertOnly(Anomaly.MISSING_EFFECT, entered, leaving(entered), effectOf("a3"));
  }

  @Test
  void missing_effect_when_the_cursor_says_that_it_is_done() {
    scenario.tell(at -> new Operation.CursorFound(at, PAYMENT, 1, 2, 5, List.of()));
    Operation cursor = scenario.last();
    good.end();
    scenario.without(
        op -> op instanceof Operation.EffectFound effect && effect.value().equals("d2"));

    assertOnly(Anomaly.MISSING_EFFECT, cursor, scenario.find(reads("d2")));
  }

  @Test
  void second_attempt_when_at_most_once_is_given_a_message_twice() {
    scenario.enter(good.a1, STATISTICS, 1);
    Operation again = scenario.last();
    good.end();

    assertOnly(Anomaly.SECOND_ATTEMPT, scenario.find(enters("a1", STATISTICS)), again);
  }

  @Test
  void second_attempt_when_a_node_is_given_an_ephemeral_message_twice() {
    scenario.enter(good.a2, DASHBOARD, 1);
    Operation again = scenario.last();
    good.end();

    assertOnly(Anomaly.SECOND_ATTEMPT, scenario.find(enters("a2", DASHBOARD)), again);
  }

  @Test
  void skipped_unacknowledged_when_the_cursor_passed_what_was_never_handled() {
    good.end();
    forget("d2", MAIL);

    assertOnly(
        Anomaly.SKIPPED_UNACKNOWLEDGED,
        scenario.find(op -> op instanceof Operation.CursorFound),
        scenario.find(reads("d2")));
  }

  @Test
  void cursor_ahead_of_log_when_the_log_ends_before_a_recovered_cursor() {
    Operation cursor = scenario.find(recovers(STATISTICS));
    scenario.tell(at -> new Operation.LogRecovered(at, ORDERS, 1, 3, 2));
    Operation recovered = scenario.last();
    good.end();

    assertOnly(Anomaly.CURSOR_AHEAD_OF_LOG, cursor, recovered)
        .contains("stands at 3, and the log ends at offset 2");
  }

  @Test
  void cursor_ahead_of_log_when_a_cursor_has_passed_what_is_published_later() {
    scenario.replace(
        recovers(MAIL), at -> new Operation.CursorRecovered(at, MAIL, 1, 2, 4, List.of()));
    good.end();

    assertOnly(Anomaly.CURSOR_AHEAD_OF_LOG, scenario.find(recovers(MAIL)), invoked("d1"));
  }

  @Test
  void zombie_effect_when_a_replaced_epoch_appends() {
    good.end();
    scenario.tell(at -> new Operation.Stored(at, "orders/1", 5, 1));

    assertOnly(
            Anomaly.ZOMBIE_EFFECT,
            scenario.find(op -> op instanceof Operation.Stored s && s.sequenceNumber() == 4),
            scenario.last())
        .contains("Epoch 1 wrote event 5 of orders/1");
  }

  @Test
  void zombie_effect_when_a_replaced_epoch_commits_an_effect() {
    good.end();
    Operation.EffectFound real = (Operation.EffectFound) effectOf("c3");
    scenario.replace(
        op -> op.equals(real),
        at ->
            new Operation.EffectFound(
                at, real.order(), PAYMENT, 1, real.offset(), real.key(), real.value(), 1));

    assertOnly(Anomaly.ZOMBIE_EFFECT, effectOf("c2"), effectOf("c3"));
  }

  @Test
  void stale_control_when_a_message_of_an_old_epoch_changes_a_new_one() {
    scenario.tell(at -> new Operation.ControlApplied(at, "worker of mail/1", 2, 1));
    Operation applied = scenario.last();
    good.end();

    assertOnly(Anomaly.STALE_CONTROL, applied)
        .contains("worker of mail/1, epoch 2, was changed by a message for epoch 1");
  }

  @Test
  void divergence_when_two_subscriptions_saw_a_key_in_different_orders() {
    Scenario.Sent one = scenario.publish("shop", ORDERS, "e", "e1", 0);
    Scenario.Sent other = scenario.publish("shop", ORDERS, "e", "e2", 1);
    scenario.handle(one, PAYMENT).handle(other, PAYMENT);
    scenario.handle(other, STATISTICS).handle(one, STATISTICS);
    scenario.handle(one, MAIL, QUEUE).handle(other, MAIL, QUEUE);
    good.end();

    assertOnly(
        Anomaly.DIVERGENCE,
        scenario.find(enters("e1", PAYMENT)),
        scenario.find(enters("e2", PAYMENT)),
        scenario.find(enters("e2", STATISTICS)),
        scenario.find(enters("e1", STATISTICS)));
  }

  @Test
  void resurrected_when_a_discarded_message_is_handled() {
    scenario.enter(good.b2, STATISTICS, 2);
    Operation again = scenario.last();
    good.end();

    assertOnly(Anomaly.RESURRECTED, scenario.find(op -> op instanceof Operation.Discarded), again);
  }

  @Test
  void resurrected_when_a_new_worker_handles_what_has_its_effect() {
    good.end();
    scenario.crash(PAYMENT, 0, 9);
    Operation recovered = scenario.last();
    scenario.enter(good.a1, PAYMENT, 1);

    assertOnly(Anomaly.RESURRECTED, effectOf("a1"), recovered, scenario.last()).contains("epoch 2");
  }

  @Test
  void stuck_when_a_message_is_not_delivered_after_the_final_heal() {
    good.end();
    forget("d2", QUEUE);

    assertOnly(Anomaly.STUCK, healed(), scenario.find(reads("d2")))
        .contains("queue stands in orders/1");
  }

  @Test
  void wrong_attempt_when_the_number_of_an_attempt_falls() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario.handle(sent, PAYMENT, STATISTICS, MAIL);
    long first = scenario.enter(sent, QUEUE, 2);
    Operation before = scenario.last();
    scenario.leave(first, Outcome.FAILED);
    long second = scenario.enter(sent, QUEUE, 1);
    Operation after = scenario.last();
    scenario.leave(second, Outcome.OK);
    good.end();

    assertOnly(Anomaly.WRONG_ATTEMPT, before, after)
        .contains(
            "queue was given 'e1' of key 'e' (orders/0 offset 9) as attempt 1 after attempt 2");
  }

  @Test
  void wrong_receipt_when_a_message_without_an_id_is_called_a_duplicate() {
    long call = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", ""));
    Scenario.Sent sent = scenario.storeAgain(new Scenario.Sent(ORDERS, "e", "e1", "", 0, 0));
    scenario.tell(at -> Operation.PublishEnded.ok(at, call, Scenario.receipt(sent, true)));
    scenario.handle(sent, EVERYBODY);
    good.end();

    assertOnly(Anomaly.WRONG_RECEIPT, invoked("e1"), ended("e1")).contains("has no id");
  }

  @Test
  void wrong_receipt_when_the_first_of_its_id_is_called_a_duplicate() {
    long call = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", "id"));
    Scenario.Sent sent = scenario.storeAgain(new Scenario.Sent(ORDERS, "e", "e1", "id", 0, 0));
    scenario.tell(at -> Operation.PublishEnded.ok(at, call, Scenario.receipt(sent, true)));
    scenario.handle(sent, EVERYBODY);
    good.end();

    assertOnly(Anomaly.WRONG_RECEIPT, invoked("e1"), ended("e1"))
        .contains("nobody had published its id 'id' before");
  }

  @Test
  void wrong_receipt_when_two_of_an_id_are_not_called_duplicates() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", "id", 0);
    Operation invoked = invoked("e1");
    Operation ended = ended("e1");
    scenario.handle(sent, EVERYBODY);
    long call = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", "id"));
    Operation again = scenario.last();
    scenario.tell(at -> Operation.PublishEnded.ok(at, call, Scenario.receipt(sent, false)));
    Operation answered = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_RECEIPT, invoked, ended, again, answered)
        .contains("two receipts that don't call it a duplicate");
  }

  @Test
  void stuck_when_a_message_is_delivered_later_than_the_bound() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario.handle(sent, PAYMENT, STATISTICS, QUEUE).pass(BOUND);
    long call = scenario.enter(sent, MAIL, 1);
    Operation entered = scenario.last();
    scenario.leave(call, Outcome.OK);
    Operation left = scenario.last();
    good.end();

    assertOnly(Anomaly.STUCK, healed(), entered, left).contains("later than the bound");
  }

  @Test
  void stuck_when_a_publish_after_the_final_heal_does_not_succeed() {
    scenario.publishInVain("shop", ORDERS, "e", "e1", Outcome.UNKNOWN);
    good.end();

    assertOnly(Anomaly.STUCK, healed(), invoked("e1"), ended("e1"));
  }

  @Test
  void stuck_when_a_publish_after_the_final_heal_takes_longer_than_the_bound() {
    long call = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", "e1"));
    scenario.pass(BOUND);
    Scenario.Sent sent = scenario.storeAgain(new Scenario.Sent(ORDERS, "e", "e1", "e1", 0, 0));
    scenario.tell(at -> Operation.PublishEnded.ok(at, call, Scenario.receipt(sent, false)));
    scenario.handle(sent, EVERYBODY);
    good.end();

    assertOnly(Anomaly.STUCK, healed(), invoked("e1"), ended("e1"));
  }

  @Test
  void a_history_with_a_part_missing_is_refused() {
    History undeclared = History.of(new Operation.ResetOrdered(1, "nobody", 0));
    History headless = History.of(new Operation.HandlerLeft(1, 7, Outcome.OK));
    History unpublished = History.of(Operation.PublishEnded.failed(1, 7));

    assertThatThrownBy(() -> CHECKER.judge(undeclared)).hasMessageContaining("'nobody'");
    assertThatThrownBy(() -> CHECKER.judge(headless)).hasMessageContaining("is a file missing?");
    assertThatThrownBy(() -> CHECKER.judge(unpublished)).hasMessageContaining("call=7");
  }

  // The intended pair.

  private final class Pair {
    final Scenario.Sent first = scenario.publish("shop", ORDERS, "e", "e1", 0);
    final Scenario.Sent second = scenario.publish("shop", ORDERS, "e", "e2", 0);

    void handledInOrder(String... by) {
      scenario.handle(first, by).handle(second, by);
    }
  }

  private AbstractStringAssert<?> assertOnly(Anomaly anomaly, Operation... shownBy) {
    Verdict verdict = CHECKER.judge(scenario.history());
    assertThat(verdict.counts().get(anomaly)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.isGood()).isFalse();
    Finding finding = verdict.findings().get(0);
    assertThat(finding.anomaly()).isEqualTo(anomaly);
    assertThat(finding.operations()).as(verdict.report()).containsExactly(shownBy);
    return assertThat(finding.sentence());
  }

  private void forget(String value, String subscription) {
    Operation.HandlerEntered entered =
        (Operation.HandlerEntered) scenario.find(enters(value, subscription));
    scenario.without(entered::equals).without(leaving(entered)::equals);
  }

  private Operation leaving(Operation.HandlerEntered entered) {
    return scenario.find(
        op -> op instanceof Operation.HandlerLeft left && left.call() == entered.call());
  }

  private Operation healed() {
    return scenario.find(op -> op instanceof Operation.Healed);
  }

  private Operation invoked(String value) {
    return scenario.find(
        op -> op instanceof Operation.PublishInvoked it && it.value().equals(value));
  }

  private Operation ended(String value) {
    long call = ((Operation.PublishInvoked) invoked(value)).call();
    return scenario.find(op -> op instanceof Operation.PublishEnded it && it.call() == call);
  }

  private Operation effectOf(String value) {
    return scenario.find(op -> op instanceof Operation.EffectFound it && it.value().equals(value));
  }

  private Operation lastEffectOf(String value) {
    Operation first = effectOf(value);
    return scenario.find(
        op ->
            op instanceof Operation.EffectFound it
                && it.value().equals(value)
                && !op.equals(first));
  }

  private static Predicate<Operation> enters(String value, String subscription) {
    return op ->
        op instanceof Operation.HandlerEntered it
            && it.value().equals(value)
            && it.subscription().equals(subscription);
  }

  private static Predicate<Operation> recovers(String subscription) {
    return op ->
        op instanceof Operation.CursorRecovered it && it.subscription().equals(subscription);
  }

  private static Predicate<Operation> reads(String value) {
    return op -> op instanceof Operation.MessageRead it && it.value().equals(value);
  }

  private static Predicate<Operation> at(long offset) {
    return op -> op instanceof Operation.MessageRead it && it.offset() == offset;
  }

  private static Predicate<Operation> by(String reader) {
    return op ->
        op instanceof Operation.MessageRead it
            ? it.reader().equals(reader)
            : op instanceof Operation.LogRead end && end.reader().equals(reader);
  }
}
