package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.testkit.history.CorrectScenario.EVERYBODY;
import static org.perille.testkit.history.CorrectScenario.MAIL;
import static org.perille.testkit.history.CorrectScenario.ORDERS;
import static org.perille.testkit.history.CorrectScenario.PAYMENT;
import static org.perille.testkit.history.CorrectScenario.QUEUE;
import static org.perille.testkit.history.CorrectScenario.STATISTICS;

import java.util.function.Predicate;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/**
 * Anomalies of answers and notifications, each planted into a history that is good without it.
 *
 * <p>Each must be the only one reported.
 */
class CheckerAnswersTest {
  private static final Checker CHECKER = Checker.ofSteps().withBound(1_000 * Scenario.STEP);

  private final CorrectScenario good = new CorrectScenario();
  private final Scenario scenario = good.scenario;

  @Test
  void wrong_redelivered_when_a_later_attempt_says_that_it_is_the_first_one() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario.handle(sent, PAYMENT, STATISTICS, MAIL);
    Operation first = enter(sent, QUEUE, 1, false, Outcome.FAILED);
    Operation second = enter(sent, QUEUE, 2, false, Outcome.OK);
    good.end();

    assertOnly(Anomaly.WRONG_REDELIVERED, first, second).contains("told that it is the first one");
  }

  @Test
  void wrong_redelivered_when_the_attempt_before_a_crash_is_denied() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario.handle(sent, PAYMENT, STATISTICS, MAIL);
    Operation first = enter(sent, QUEUE, 1, false, Outcome.UNKNOWN);
    scenario.crash(QUEUE, 0, sent.offset());
    Operation second = enter(sent, QUEUE, 1, false, Outcome.OK);
    good.end();

    assertOnly(Anomaly.WRONG_REDELIVERED, first, second).contains("after another one");
  }

  @Test
  void a_first_attempt_may_say_so_and_a_later_one_may_not() {
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    scenario.handle(sent, PAYMENT, STATISTICS, MAIL);
    enter(sent, QUEUE, 1, false, Outcome.FAILED);
    enter(sent, QUEUE, 2, true, Outcome.OK);
    good.end();

    assertGood();
  }

  @Test
  void wrong_time_when_a_delayed_message_is_handled_early() {
    scenario.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", at + 1_000_000, Long.MAX_VALUE));
    Operation scheduled = scenario.last();
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    Operation entered = enter(sent, MAIL, 1, true, Outcome.OK);
    scenario.pass(1_000_000).handle(sent, PAYMENT, STATISTICS, QUEUE);
    good.end();
    Checker unhurried = Checker.ofSteps();

    assertOnly(unhurried, Anomaly.WRONG_TIME, scheduled, entered).contains("before its time");
  }

  @Test
  void wrong_time_when_an_expired_message_is_handled() {
    scenario.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", Long.MIN_VALUE, at));
    Operation scheduled = scenario.last();
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    Operation entered = enter(sent, MAIL, 1, true, Outcome.OK);
    giveUp(sent, PAYMENT, STATISTICS, QUEUE);
    good.end();

    assertOnly(Anomaly.WRONG_TIME, scheduled, entered).contains("after it had expired");
  }

  @Test
  void an_expired_message_that_is_redriven_may_be_handled() {
    scenario.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", Long.MIN_VALUE, at));
    Scenario.Sent sent = scenario.publish("shop", ORDERS, "e", "e1", 0);
    giveUp(sent, MAIL, PAYMENT, STATISTICS);
    scenario.tell(at -> new Operation.Redriven(at, MAIL, 0, sent.offset()));
    enter(sent, MAIL, 1, true, Outcome.OK);
    scenario.tell(at -> new Operation.Skipped(at, QUEUE, 0, sent.offset()));
    good.end();

    assertGood();
  }

  @Test
  void before_start_when_a_subscription_handles_what_stands_before_its_beginning() {
    scenario.tell(at -> new Operation.Begun(at, STATISTICS, 0, 1));
    Operation begun = scenario.last();
    good.end();

    assertOnly(Anomaly.BEFORE_START, entered("a1", STATISTICS), begun)
        .contains("begins at offset 1");
  }

  @Test
  void unseen_when_a_subscription_lacks_a_message_behind_its_beginning() {
    scenario.declare(
        new Operation.SubscriptionDeclared(
            0, "late", ORDERS, Guarantee.AT_LEAST_ONCE, true, false, OnExhausted.CONTINUE));
    Scenario.Sent first = scenario.publish("shop", ORDERS, "e", "e1", 2);
    Scenario.Sent second = scenario.publish("shop", ORDERS, "e", "e2", 2);
    scenario.tell(at -> new Operation.Begun(at, "late", 0, 1_000));
    scenario.tell(at -> new Operation.Begun(at, "late", 1, 1_000));
    scenario.tell(at -> new Operation.Begun(at, "late", 2, first.offset()));
    scenario.handle(first, EVERYBODY).handle(second, EVERYBODY).handle(second, "late");
    good.end();

    Verdict verdict = CHECKER.judge(scenario.history());

    assertThat(verdict.counts().get(Anomaly.UNSEEN)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
  }

  @Test
  void wrong_reply_when_it_belongs_to_another_message() {
    scenario.reply(good.a1, "a2", "1st");
    Operation reply = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, reply).contains("is that to 'a2'");
  }

  @Test
  void wrong_reply_when_it_differs_from_what_was_read_before() {
    scenario.reply(good.a1, "a1", "1st");
    Operation first = scenario.last();
    scenario.reply(good.a1, "a1", "2nd");
    Operation second = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, first, second).contains("was '1st', and then '2nd'");
  }

  @Test
  void wrong_reply_when_it_has_gone() {
    scenario.reply(good.a1, "a1", "1st");
    Operation first = scenario.last();
    scenario.reply(good.a1, "", "");
    Operation second = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, first, second);
  }

  @Test
  void wrong_state_when_it_goes_back() {
    scenario.state("a", 0, 2, "a2");
    Operation first = scenario.last();
    scenario.state("a", 0, 1, "a1");
    Operation second = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, first, second).contains("contains 1 effects, after one of 2");
  }

  @Test
  void wrong_state_when_an_effect_is_missing_in_it() {
    scenario.state("a", 0, 2, "a3");
    Operation state = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, state).contains("the last of 'a3', where 'a2' stands");
  }

  @Test
  void wrong_state_when_it_has_more_than_there_is() {
    scenario.state("a", 0, 7, "a5");
    Operation state = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, state).contains("and the key has 5");
  }

  @Test
  void wrong_state_when_it_lacks_what_its_reader_knew() {
    scenario.reply(good.a2, "a2", "2nd");
    Operation reply = scenario.last();
    scenario.state("a", 0, 1, "a1");
    Operation state = scenario.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, reply, state).contains("the reply to number 2 was known");
  }

  @Test
  void missing_letter_when_the_dead_letter_topic_lacks_one() {
    good.end();
    scenario.without(op -> op instanceof Operation.LetterPublished);

    assertOnly(
        Anomaly.MISSING_LETTER,
        scenario.find(
            op -> op instanceof Operation.DeadLettered it && it.subscription().equals(QUEUE)));
  }

  @Test
  void inconsistent_offset_when_the_dead_letter_topic_has_another_message() {
    good.end();
    Operation read = scenario.find(op -> op instanceof Operation.LetterPublished);
    scenario.replace(read::equals, at -> new Operation.LetterPublished(at, QUEUE, 1, 0, "c", "c2"));

    Verdict verdict = CHECKER.judge(scenario.history());

    assertThat(verdict.counts().get(Anomaly.INCONSISTENT_OFFSET)).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
  }

  @Test
  void contradiction_when_what_was_compared_differs() {
    scenario.tell(at -> new Operation.Compared(at, "headers of 'a1'", "{a=b}", "{a=c}"));
    Operation compared = scenario.last();
    good.end();

    assertOnly(Anomaly.CONTRADICTION, compared)
        .contains("headers of 'a1': expected '{a=b}', and found '{a=c}'");
  }

  /** Adds a publish that isn't stored, and that need not have an outcome. */
  private void publishUnstored(String key, String value) {
    long call = scenario.newCall();
    scenario
        .tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, key, value, ""))
        .tell(at -> new Operation.PublishForgotten(at, call));
  }

  @Test
  void half_transaction_when_a_part_is_stored_and_another_one_is_not() {
    Scenario.Sent debit = scenario.publishUnknown("shop", ORDERS, "e", "e1", 0);
    Operation stored = scenario.find(invoked("e1"));
    publishUnstored("f", "f1");
    Operation missing = scenario.find(invoked("f1"));
    scenario.transaction(2).handle(debit, EVERYBODY);
    good.end();

    Operation read =
        scenario.find(op -> op instanceof Operation.MessageRead it && it.value().equals("e1"));
    assertOnly(Anomaly.HALF_TRANSACTION, stored, missing, read)
        .contains("and 'f1' of key 'f', of the same transaction, isn't in orders");
  }

  @Test
  void lost_write_when_nothing_of_a_committed_transaction_is_stored() {
    publishUnstored("f", "f1");
    Operation missing = scenario.find(invoked("f1"));
    scenario.transaction(1);
    Operation committed = scenario.last();
    good.end();

    assertOnly(Anomaly.LOST_WRITE, missing, committed).contains("is committed");
  }

  @Test
  void reordered_append_when_messages_without_receipts_are_stored_the_other_way_round() {
    long one = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, one, "shop", ORDERS, "e", "e1", ""));
    Operation invoked = scenario.last();
    scenario.tell(at -> new Operation.PublishForgotten(at, one));
    Scenario.Sent second = scenario.forget("shop", ORDERS, "e", "e2", 0);
    Operation other =
        scenario.find(op -> op instanceof Operation.PublishInvoked it && it.value().equals("e2"));
    Scenario.Sent first = scenario.storeAgain(new Scenario.Sent(ORDERS, "e", "e1", "", 0, 0));
    scenario.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();

    assertOnly(Anomaly.REORDERED_APPEND, invoked, other);
  }

  /** A publisher that fails fails what it hasn't sent, and doesn't know about the rest. */
  @ParameterizedTest
  @EnumSource(names = {"UNKNOWN", "FAILED"})
  void a_message_without_a_receipt_may_come_late_when_its_publisher_failed_in_between(
      Outcome outcome) {
    long one = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, one, "shop", ORDERS, "e", "e1", ""));
    scenario.tell(at -> new Operation.PublishForgotten(at, one));
    scenario.publishInVain("shop", ORDERS, "f", "f1", outcome);
    Scenario.Sent second = scenario.forget("shop", ORDERS, "e", "e2", 0);
    Scenario.Sent first = scenario.storeAgain(new Scenario.Sent(ORDERS, "e", "e1", "", 0, 0));
    scenario.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();
    // After the final heal no outcome is unknown.
    Operation healed = scenario.find(op -> op instanceof Operation.Healed);
    scenario.without(healed::equals);

    assertGood();
  }

  @Test
  void a_message_without_a_receipt_may_be_lost_also_when_all_is_well() {
    long call = scenario.newCall();
    scenario.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", ""));
    scenario.tell(at -> new Operation.PublishForgotten(at, call));
    good.end();

    assertGood();
  }

  private Operation enter(
      Scenario.Sent sent, String subscription, int attempt, boolean redelivered, Outcome outcome) {
    long call = scenario.newCall();
    long epoch = scenario.epoch(subscription, sent.partition());
    scenario.tell(
        at ->
            new Operation.HandlerEntered(
                at,
                call,
                subscription,
                "node",
                epoch,
                sent.topic(),
                sent.partition(),
                sent.offset(),
                sent.key(),
                sent.value(),
                attempt,
                redelivered));
    Operation entered = scenario.last();
    if (outcome != Outcome.UNKNOWN) {
      scenario.leave(call, outcome);
    }
    return entered;
  }

  private void giveUp(Scenario.Sent sent, String... by) {
    for (String subscription : by) {
      scenario.tell(at -> new Operation.DeadLettered(at, subscription, 0, sent.offset()));
      if (subscription.equals(QUEUE)) {
        scenario.tell(
            at ->
                new Operation.LetterPublished(
                    at, QUEUE, 0, sent.offset(), sent.key(), sent.value()));
      }
    }
  }

  private Operation entered(String value, String subscription) {
    return scenario.find(
        op ->
            op instanceof Operation.HandlerEntered it
                && it.value().equals(value)
                && it.subscription().equals(subscription));
  }

  private void assertGood() {
    Verdict verdict = CHECKER.judge(scenario.history());
    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
  }

  private static Predicate<Operation> invoked(String value) {
    return op -> op instanceof Operation.PublishInvoked it && it.value().equals(value);
  }

  private AbstractStringAssert<?> assertOnly(Anomaly anomaly, Operation... shownBy) {
    return assertOnly(CHECKER, anomaly, shownBy);
  }

  private AbstractStringAssert<?> assertOnly(
      Checker checker, Anomaly anomaly, Operation... shownBy) {
    Verdict verdict = checker.judge(scenario.history());
    assertThat(verdict.counts().get(anomaly)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
    Finding finding = verdict.findings().get(0);
    assertThat(finding.anomaly()).isEqualTo(anomaly);
    assertThat(finding.operations()).as(verdict.report()).containsExactly(shownBy);
    return assertThat(finding.sentence());
  }
}
