package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.testkit.history.GoodStory.EVERYBODY;
import static org.perille.testkit.history.GoodStory.MAIL;
import static org.perille.testkit.history.GoodStory.ORDERS;
import static org.perille.testkit.history.GoodStory.PAYMENT;
import static org.perille.testkit.history.GoodStory.QUEUE;
import static org.perille.testkit.history.GoodStory.STATISTICS;

import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;
import org.perille.Guarantee;
import org.perille.OnExhausted;

/**
 * Anomalies of answers and notifications, each planted into a history that is good without it.
 *
 * <p>Each must be the only one reported.
 */
class CheckerAnswersTest {
  private static final Checker CHECKER = Checker.ofSteps().withBound(1_000 * Story.STEP);

  private final GoodStory good = new GoodStory();
  private final Story story = good.story;

  @Test
  void wrong_redelivered_when_a_later_attempt_says_that_it_is_the_first_one() {
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    story.handle(sent, PAYMENT, STATISTICS, MAIL);
    Operation first = enter(sent, QUEUE, 1, false, Outcome.FAILED);
    Operation second = enter(sent, QUEUE, 2, false, Outcome.OK);
    good.end();

    assertOnly(Anomaly.WRONG_REDELIVERED, first, second).contains("told that it is the first one");
  }

  @Test
  void wrong_redelivered_when_the_attempt_before_a_crash_is_denied() {
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    story.handle(sent, PAYMENT, STATISTICS, MAIL);
    Operation first = enter(sent, QUEUE, 1, false, Outcome.UNKNOWN);
    story.crash(QUEUE, 0, sent.offset());
    Operation second = enter(sent, QUEUE, 1, false, Outcome.OK);
    good.end();

    assertOnly(Anomaly.WRONG_REDELIVERED, first, second).contains("after another one");
  }

  @Test
  void a_first_attempt_may_say_so_and_a_later_one_may_not() {
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    story.handle(sent, PAYMENT, STATISTICS, MAIL);
    enter(sent, QUEUE, 1, false, Outcome.FAILED);
    enter(sent, QUEUE, 2, true, Outcome.OK);
    good.end();

    assertGood();
  }

  @Test
  void wrong_time_when_a_delayed_message_is_handled_early() {
    story.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", at + 1_000_000, Long.MAX_VALUE));
    Operation scheduled = story.last();
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    Operation entered = enter(sent, MAIL, 1, true, Outcome.OK);
    story.pass(1_000_000).handle(sent, PAYMENT, STATISTICS, QUEUE);
    good.end();
    Checker unhurried = Checker.ofSteps();

    assertOnly(unhurried, Anomaly.WRONG_TIME, scheduled, entered).contains("before its time");
  }

  @Test
  void wrong_time_when_an_expired_message_is_handled() {
    story.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", Long.MIN_VALUE, at));
    Operation scheduled = story.last();
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    Operation entered = enter(sent, MAIL, 1, true, Outcome.OK);
    giveUp(sent, PAYMENT, STATISTICS, QUEUE);
    good.end();

    assertOnly(Anomaly.WRONG_TIME, scheduled, entered).contains("after it had expired");
  }

  @Test
  void an_expired_message_that_is_redriven_may_be_handled() {
    story.tell(at -> new Operation.Scheduled(at, ORDERS, "e1", Long.MIN_VALUE, at));
    Story.Sent sent = story.publish("shop", ORDERS, "e", "e1", 0);
    giveUp(sent, MAIL, PAYMENT, STATISTICS);
    story.tell(at -> new Operation.Redriven(at, MAIL, 0, sent.offset()));
    enter(sent, MAIL, 1, true, Outcome.OK);
    story.tell(at -> new Operation.Skipped(at, QUEUE, 0, sent.offset()));
    good.end();

    assertGood();
  }

  @Test
  void before_start_when_a_subscription_handles_what_stands_before_its_beginning() {
    story.tell(at -> new Operation.Begun(at, STATISTICS, 0, 1));
    Operation begun = story.last();
    good.end();

    assertOnly(Anomaly.BEFORE_START, entered("a1", STATISTICS), begun)
        .contains("begins at offset 1");
  }

  @Test
  void unseen_when_a_subscription_lacks_a_message_behind_its_beginning() {
    story.declare(
        new Operation.SubscriptionDeclared(
            0, "late", ORDERS, Guarantee.AT_LEAST_ONCE, true, false, OnExhausted.SKIP));
    Story.Sent first = story.publish("shop", ORDERS, "e", "e1", 2);
    Story.Sent second = story.publish("shop", ORDERS, "e", "e2", 2);
    story.tell(at -> new Operation.Begun(at, "late", 0, 1_000));
    story.tell(at -> new Operation.Begun(at, "late", 1, 1_000));
    story.tell(at -> new Operation.Begun(at, "late", 2, first.offset()));
    story.handle(first, EVERYBODY).handle(second, EVERYBODY).handle(second, "late");
    good.end();

    Verdict verdict = CHECKER.judge(story.history());

    assertThat(verdict.counts().get(Anomaly.UNSEEN)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
  }

  @Test
  void wrong_reply_when_it_belongs_to_another_message() {
    story.reply(good.a1, "a2", "1st");
    Operation reply = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, reply).contains("is that to 'a2'");
  }

  @Test
  void wrong_reply_when_it_differs_from_what_was_read_before() {
    story.reply(good.a1, "a1", "1st");
    Operation first = story.last();
    story.reply(good.a1, "a1", "2nd");
    Operation second = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, first, second).contains("was '1st', and then '2nd'");
  }

  @Test
  void wrong_reply_when_it_has_gone() {
    story.reply(good.a1, "a1", "1st");
    Operation first = story.last();
    story.reply(good.a1, "", "");
    Operation second = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_REPLY, first, second);
  }

  @Test
  void wrong_state_when_it_goes_back() {
    story.state("a", 0, 2, "a2");
    Operation first = story.last();
    story.state("a", 0, 1, "a1");
    Operation second = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, first, second).contains("contains 1 effects, after one of 2");
  }

  @Test
  void wrong_state_when_an_effect_is_missing_in_it() {
    story.state("a", 0, 2, "a3");
    Operation state = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, state).contains("the last of 'a3', where 'a2' stands");
  }

  @Test
  void wrong_state_when_it_has_more_than_there_is() {
    story.state("a", 0, 7, "a5");
    Operation state = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, state).contains("and the key has 5");
  }

  @Test
  void wrong_state_when_it_lacks_what_its_reader_knew() {
    story.reply(good.a2, "a2", "2nd");
    Operation reply = story.last();
    story.state("a", 0, 1, "a1");
    Operation state = story.last();
    good.end();

    assertOnly(Anomaly.WRONG_STATE, reply, state).contains("the reply to number 2 was known");
  }

  @Test
  void missing_letter_when_the_dead_letter_topic_lacks_one() {
    good.end();
    story.without(op -> op instanceof Operation.LetterPublished);

    assertOnly(
        Anomaly.MISSING_LETTER,
        story.find(
            op -> op instanceof Operation.DeadLettered it && it.subscription().equals(QUEUE)));
  }

  @Test
  void inconsistent_offset_when_the_dead_letter_topic_has_another_message() {
    good.end();
    Operation read = story.find(op -> op instanceof Operation.LetterPublished);
    story.replace(read::equals, at -> new Operation.LetterPublished(at, QUEUE, 1, 0, "c", "c2"));

    Verdict verdict = CHECKER.judge(story.history());

    assertThat(verdict.counts().get(Anomaly.INCONSISTENT_OFFSET)).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
  }

  @Test
  void contradiction_when_what_was_compared_differs() {
    story.tell(at -> new Operation.Compared(at, "headers of 'a1'", "{a=b}", "{a=c}"));
    Operation compared = story.last();
    good.end();

    assertOnly(Anomaly.CONTRADICTION, compared)
        .contains("headers of 'a1': expected '{a=b}', and found '{a=c}'");
  }

  @Test
  void reordered_append_when_messages_without_receipts_are_stored_the_other_way_round() {
    long one = story.newCall();
    story.tell(at -> new Operation.PublishInvoked(at, one, "shop", ORDERS, "e", "e1", ""));
    Operation invoked = story.last();
    story.tell(at -> new Operation.PublishForgotten(at, one));
    Story.Sent second = story.forget("shop", ORDERS, "e", "e2", 0);
    Operation other =
        story.find(op -> op instanceof Operation.PublishInvoked it && it.value().equals("e2"));
    Story.Sent first = story.storeAgain(new Story.Sent(ORDERS, "e", "e1", "", 0, 0));
    story.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();

    assertOnly(Anomaly.REORDERED_APPEND, invoked, other);
  }

  @Test
  void a_message_without_a_receipt_may_come_late_when_its_publisher_failed_in_between() {
    long one = story.newCall();
    story.tell(at -> new Operation.PublishInvoked(at, one, "shop", ORDERS, "e", "e1", ""));
    story.tell(at -> new Operation.PublishForgotten(at, one));
    story.publishInVain("shop", ORDERS, "f", "f1", Outcome.UNKNOWN);
    Story.Sent second = story.forget("shop", ORDERS, "e", "e2", 0);
    Story.Sent first = story.storeAgain(new Story.Sent(ORDERS, "e", "e1", "", 0, 0));
    story.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();
    // After the final heal no outcome is unknown.
    Operation healed = story.find(op -> op instanceof Operation.Healed);
    story.without(healed::equals);

    assertGood();
  }

  @Test
  void a_message_without_a_receipt_may_be_lost_also_when_all_is_well() {
    long call = story.newCall();
    story.tell(at -> new Operation.PublishInvoked(at, call, "shop", ORDERS, "e", "e1", ""));
    story.tell(at -> new Operation.PublishForgotten(at, call));
    good.end();

    assertGood();
  }

  private Operation enter(
      Story.Sent sent, String subscription, int attempt, boolean redelivered, Outcome outcome) {
    long call = story.newCall();
    long incarnation = story.incarnation(subscription, sent.partition());
    story.tell(
        at ->
            new Operation.HandlerEntered(
                at,
                call,
                subscription,
                "node",
                incarnation,
                sent.topic(),
                sent.partition(),
                sent.offset(),
                sent.key(),
                sent.value(),
                attempt,
                redelivered));
    Operation entered = story.last();
    if (outcome != Outcome.UNKNOWN) {
      story.leave(call, outcome);
    }
    return entered;
  }

  private void giveUp(Story.Sent sent, String... by) {
    for (String subscription : by) {
      story.tell(at -> new Operation.DeadLettered(at, subscription, 0, sent.offset()));
      if (subscription.equals(QUEUE)) {
        story.tell(
            at ->
                new Operation.LetterPublished(
                    at, QUEUE, 0, sent.offset(), sent.key(), sent.value()));
      }
    }
  }

  private Operation entered(String value, String subscription) {
    return story.find(
        op ->
            op instanceof Operation.HandlerEntered it
                && it.value().equals(value)
                && it.subscription().equals(subscription));
  }

  private void assertGood() {
    Verdict verdict = CHECKER.judge(story.history());
    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
  }

  private AbstractStringAssert<?> assertOnly(Anomaly anomaly, Operation... shownBy) {
    return assertOnly(CHECKER, anomaly, shownBy);
  }

  private AbstractStringAssert<?> assertOnly(
      Checker checker, Anomaly anomaly, Operation... shownBy) {
    Verdict verdict = checker.judge(story.history());
    assertThat(verdict.counts().get(anomaly)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
    Finding finding = verdict.findings().get(0);
    assertThat(finding.anomaly()).isEqualTo(anomaly);
    assertThat(finding.operations()).as(verdict.report()).containsExactly(shownBy);
    return assertThat(finding.sentence());
  }
}
