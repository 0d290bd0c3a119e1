package org.perille.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.testkit.history.CorrectScenario.EVERYBODY;
import static org.perille.testkit.history.CorrectScenario.ORDERS;

import java.util.function.Predicate;
import org.assertj.core.api.AbstractStringAssert;
import org.junit.jupiter.api.Test;

/** Each anomaly of an outbox is planted into a good history, and must be the only one reported. */
class CheckerOutboxTest {
  private static final Checker CHECKER = Checker.ofSteps();

  private final CorrectScenario good = new CorrectScenario();
  private final Scenario scenario = good.scenario;

  private Verdict judge() {
    return CHECKER.judge(scenario.history());
  }

  private void assertGood() {
    Verdict verdict = judge();
    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
  }

  private AbstractStringAssert<?> assertOnly(Anomaly anomaly, Operation... shownBy) {
    Verdict verdict = judge();
    assertThat(verdict.counts().get(anomaly)).as(verdict.report()).isEqualTo(1);
    assertThat(verdict.total()).as(verdict.report()).isEqualTo(1);
    Finding finding = verdict.findings().get(0);
    assertThat(finding.operations()).as(verdict.report()).containsExactly(shownBy);
    return assertThat(finding.sentence());
  }

  private Operation invoked(String value) {
    return scenario.find(
        op -> op instanceof Operation.PublishInvoked it && it.value().equals(value));
  }

  private static Predicate<Operation> commits(String value) {
    return op -> op instanceof Operation.OutboxCommitted it && it.value().equals(value);
  }

  private static boolean isOutboxRead(Operation operation) {
    return operation instanceof Operation.OutboxRead;
  }

  /** Inserts a message whose transaction commits, and which is never stored. */
  private void lose(String id) {
    scenario.insertInVain("till", ORDERS, "x", "x1", id);
    scenario.tell(at -> new Operation.OutboxCommitted(at, ORDERS, "x1"));
  }

  /** Inserts a message whose transaction doesn't commit, and which is stored and handled. */
  private long conjure() {
    Scenario.Sent sent = scenario.insert("till", ORDERS, "x", "x1", "", 2);
    scenario.without(commits("x1")).handle(sent, EVERYBODY);
    return ((Operation.PublishInvoked) invoked("x1")).call();
  }

  @Test
  void lost_outbox_when_a_committed_message_left_the_outbox_and_is_not_in_the_log() {
    lose("");
    good.end();

    assertOnly(
            Anomaly.LOST_OUTBOX,
            invoked("x1"),
            scenario.find(commits("x1")),
            scenario.find(CheckerOutboxTest::isOutboxRead))
        .contains("'x1' of key 'x' was committed");
  }

  @Test
  void a_committed_message_that_may_still_wait_in_the_outbox_is_not_lost() {
    lose("");
    good.end();
    scenario.without(CheckerOutboxTest::isOutboxRead);

    assertGood();
  }

  @Test
  void a_committed_message_may_be_in_a_partition_that_was_not_read_later() {
    lose("");
    good.end();
    scenario.without(
        op ->
            op instanceof Operation.LogRead it && it.topic().equals(ORDERS) && it.partition() == 2);

    assertGood();
  }

  @Test
  void a_committed_message_is_not_lost_if_another_one_with_its_id_is_stored() {
    lose("id-o");
    Scenario.Sent same = scenario.insert("till", ORDERS, "x", "x0", "id-o", 2);
    scenario.handle(same, EVERYBODY);
    good.end();

    assertGood();
  }

  @Test
  void phantom_outbox_when_a_message_is_stored_whose_transaction_rolled_back() {
    conjure();
    good.end();

    Operation first =
        scenario.find(op -> op instanceof Operation.HandlerEntered it && it.value().equals("x1"));
    assertOnly(Anomaly.PHANTOM_OUTBOX, invoked("x1"), first)
        .contains("The transaction of 'x1' of key 'x' rolled back, and yet it is at orders/2");
  }

  @Test
  void a_message_whose_transaction_has_an_unknown_outcome_may_be_stored() {
    long call = conjure();
    scenario.tell(at -> Operation.PublishEnded.unknown(at, call));
    good.end();

    assertGood();
  }

  @Test
  void a_message_may_be_stored_while_not_all_commits_are_known() {
    conjure();
    good.end();
    scenario.without(CheckerOutboxTest::isOutboxRead);

    assertGood();
  }

  @Test
  void duplicate_append_when_a_message_of_an_outbox_is_stored_twice() {
    Scenario.Sent sent = scenario.insert("till", ORDERS, "x", "x1", "", 2);
    scenario.handle(sent, EVERYBODY).handle(scenario.storeAgain(sent), EVERYBODY);
    good.end();

    assertThat(judge().counts().get(Anomaly.DUPLICATE_APPEND)).isEqualTo(1);
  }

  @Test
  void reordered_append_when_transactions_one_after_the_other_are_stored_in_reverse_order() {
    scenario.insertInVain("till", ORDERS, "x", "x1", "");
    scenario.tell(at -> new Operation.OutboxCommitted(at, ORDERS, "x1"));
    Scenario.Sent second = scenario.insert("till", ORDERS, "x", "x2", "", 2);
    Scenario.Sent first = scenario.storeLate(ORDERS, "x", "x1", 2);
    scenario.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();

    assertOnly(Anomaly.REORDERED_APPEND, invoked("x1"), invoked("x2"));
  }

  @Test
  void a_transaction_with_an_unknown_outcome_may_commit_after_a_later_one() {
    long call = scenario.insertInVain("till", ORDERS, "x", "x1", "");
    scenario.tell(at -> Operation.PublishEnded.unknown(at, call));
    Scenario.Sent second = scenario.insert("till", ORDERS, "x", "x2", "", 2);
    Scenario.Sent first = scenario.storeLate(ORDERS, "x", "x1", 2);
    scenario.handle(second, EVERYBODY).handle(first, EVERYBODY);
    good.end();

    assertGood();
  }
}
