package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** The evidence of a correct run, and the verdict when one thing is wrong. */
class VerdictTest {
  private final Plan plan = Plan.of(new Plan.Settings(1, 60, 2));
  private final String crashed = plan.crashes().get(0).paymentId();

  @Test
  void a_run_in_which_only_the_naive_handler_charges_twice_is_well() {
    Verdict verdict = Verdict.of(plan, allWell());

    assertThat(verdict.holds()).as(verdict.text()).isTrue();
    assertThat(notOk(verdict))
        .containsExactly(
            "naive charges made", "naive payments charged twice", "naive amount charged");
    assertThat(verdict.text())
        .contains("The naive handler has charged 2 payments more than once: 2.00 too much.")
        .contains("to the cent");
  }

  @Test
  void a_payment_that_the_provider_charges_twice_is_not_ok() {
    PaymentProvider.Call call = call(Services.CHARGE, crashed, Optional.of("other"), true);
    assertNotOk(
        withCalls(plus(allWell().calls(), call)),
        "charge payments charged twice",
        "charge amount charged");
  }

  @Test
  void a_payment_that_is_never_charged_is_not_ok() {
    assertNotOk(
        withCalls(allWell().calls().stream().filter(c -> !c.paymentId().equals(crashed)).toList()),
        "charge payments charged",
        "charge amount charged",
        "charge calls made again",
        "naive payments charged");
  }

  @Test
  void crashes_that_no_call_has_felt_are_not_ok() {
    assertNotOk(
        withCalls(allWell().calls().stream().filter(PaymentProvider.Call::charged).toList()),
        "charge calls made again");
  }

  @Test
  void a_crash_that_has_not_happened_is_not_ok() {
    Evidence e = allWell();
    assertNotOk(
        new Evidence(e.client(), e.audit(), e.calls(), e.statements(), e.pushes(), 1, true),
        "node crashes between charging and return");
  }

  @Test
  void a_repetition_that_is_stored_as_well_is_not_ok() {
    ClientNotes.Publication copy =
        new ClientNotes.Publication(
            crashed, Optional.of(Plan.Copy.AFTER_RECEIPT), "0/99", false, "process");
    Evidence e = allWell();
    assertNotOk(
        new Evidence(
            new ClientNotes.Content(plus(e.client().publications(), copy), e.client().answers()),
            new Audit(61, e.audit().bookingsStored(), e.audit().accounts()),
            e.calls(),
            e.statements(),
            e.pushes(),
            2,
            true),
        "requests payments stored",
        "requests repetitions stored as well");
  }

  @Test
  void a_wrong_answer_is_not_ok() {
    Evidence e = allWell();
    Map<String, ClientNotes.Answer> answers = new HashMap<>(e.client().answers());
    answers.put(crashed, new ClientNotes.Answer(new Decision(crashed, false, 0), "process"));
    assertNotOk(
        new Evidence(
            new ClientNotes.Content(e.client().publications(), answers),
            e.audit(),
            e.calls(),
            e.statements(),
            e.pushes(),
            2,
            true),
        "caller payments with the right answer");
  }

  @Test
  void a_cent_that_is_missing_in_the_ledger_is_not_ok() {
    assertNotOk(
        withAccounts(
            account ->
                new Account(account.balanceInCents() - 1, account.booked(), account.refused())),
        "ledger amount booked",
        "ledger accounts with the right balance");
  }

  @Test
  void a_line_that_stands_twice_in_a_statement_is_not_ok() {
    Bank.Line last = allWell().statements().get(allWell().statements().size() - 1);
    Bank.Line twice =
        new Bank.Line(
            last.account(), last.number() + 1, last.paymentId(), last.amount(), last.balance());
    assertNotOk(
        withStatements(plus(allWell().statements(), twice)),
        "statement lines",
        "statement lines that don't follow",
        "statement amount");
  }

  @Test
  void two_lines_that_have_changed_places_are_not_ok() {
    List<Bank.Line> lines = new ArrayList<>(allWell().statements());
    Bank.Line one = lines.get(0);
    Bank.Line two = lines.get(1);
    assertThat(one.account()).isEqualTo(two.account());
    lines.set(0, new Bank.Line(one.account(), 1, two.paymentId(), two.amount(), two.balance()));
    lines.set(1, new Bank.Line(one.account(), 2, one.paymentId(), one.amount(), one.balance()));
    assertNotOk(withStatements(lines), "statement lines that don't follow");
  }

  @Test
  void a_push_may_be_lost_in_a_crash_and_only_then() {
    List<String> pushes = allWell().pushes().stream().filter(id -> !id.equals(crashed)).toList();
    Verdict verdict = Verdict.of(plan, withPushes(pushes, true));

    assertThat(verdict.holds()).as(verdict.text()).isTrue();
    assertThat(verdict.text()).contains("1 lost in crashes, as at-most-once may");
    assertNotOk(withPushes(pushes, false), "push payments with a push");
  }

  @Test
  void a_push_that_is_sent_twice_is_not_ok() {
    assertNotOk(
        withPushes(plus(allWell().pushes(), crashed), true), "push payments with two pushes");
  }

  private void assertNotOk(Evidence evidence, String... points) {
    Verdict verdict = Verdict.of(plan, evidence);
    assertThat(verdict.holds()).as(verdict.text()).isFalse();
    assertThat(verdict.text()).contains("What was promised is NOT so.");
    assertThat(
            verdict.points().stream()
                .filter(point -> point.promised() && !point.ok())
                .map(point -> point.who() + " " + point.what()))
        .containsExactly(points);
  }

  private static List<String> notOk(Verdict verdict) {
    return verdict.points().stream()
        .filter(point -> !point.ok())
        .map(point -> point.who() + " " + point.what())
        .toList();
  }

  /**
   * Returns evidence of a correct run, in which both crashes made the provider's clients call
   * again.
   */
  private Evidence allWell() {
    List<ClientNotes.Publication> publications = new ArrayList<>();
    Map<String, ClientNotes.Answer> answers = new HashMap<>();
    List<String> pushes = new ArrayList<>();
    for (PaymentRequested request : plan.requests()) {
      String id = request.paymentId();
      publications.add(
          new ClientNotes.Publication(id, Optional.empty(), "0/" + id, false, "process"));
      for (Plan.Copy copy : plan.copies(id)) {
        publications.add(
            new ClientNotes.Publication(id, Optional.of(copy), "0/" + id, true, "process"));
      }
      answers.put(id, new ClientNotes.Answer(plan.decision(id), "process"));
      pushes.add(id);
    }
    List<PaymentProvider.Call> calls = new ArrayList<>();
    for (PaymentRequested request : plan.booked()) {
      String id = request.paymentId();
      calls.add(call(Services.CHARGE, id, Optional.of(id), true));
      calls.add(call(Services.NAIVE, id, Optional.empty(), true));
    }
    for (Plan.Crash crash : plan.crashes()) {
      String id = crash.paymentId();
      calls.add(call(Services.CHARGE, id, Optional.of(id), false));
      calls.add(call(Services.NAIVE, id, Optional.empty(), true));
    }
    Map<String, Account> accounts = new HashMap<>();
    List<Bank.Line> statements = new ArrayList<>();
    plan.balances()
        .forEach(
            (name, balance) -> {
              long booked = count(name, true);
              accounts.put(name, new Account(balance, booked, count(name, false)));
              long line = 0;
              for (PaymentRequested request : plan.booked()) {
                if (request.account().equals(name)) {
                  line++;
                  statements.add(
                      new Bank.Line(
                          name,
                          line,
                          request.paymentId(),
                          request.amountInCents(),
                          plan.decision(request.paymentId()).balanceInCents()));
                }
              }
            });
    return new Evidence(
        new ClientNotes.Content(publications, answers),
        new Audit(plan.requests().size(), plan.booked().size(), accounts),
        calls,
        statements,
        pushes,
        2,
        true);
  }

  private long count(String account, boolean accepted) {
    return plan.requests().stream()
        .filter(request -> request.account().equals(account))
        .filter(request -> plan.decision(request.paymentId()).accepted() == accepted)
        .count();
  }

  private PaymentProvider.Call call(
      String client, String paymentId, Optional<String> key, boolean charged) {
    PaymentRequested request = plan.request(paymentId).orElseThrow();
    return new PaymentProvider.Call(
        client, key, paymentId, request.account(), request.amountInCents(), "charge", charged);
  }

  private Evidence withCalls(List<PaymentProvider.Call> calls) {
    Evidence e = allWell();
    return new Evidence(e.client(), e.audit(), calls, e.statements(), e.pushes(), 2, true);
  }

  private Evidence withStatements(List<Bank.Line> statements) {
    Evidence e = allWell();
    return new Evidence(e.client(), e.audit(), e.calls(), statements, e.pushes(), 2, true);
  }

  private Evidence withPushes(List<String> pushes, boolean crashed) {
    Evidence e = allWell();
    return new Evidence(e.client(), e.audit(), e.calls(), e.statements(), pushes, 2, crashed);
  }

  /** Returns evidence with one account changed. */
  private Evidence withAccounts(UnaryOperator<Account> change) {
    Evidence e = allWell();
    Map<String, Account> accounts = new HashMap<>(e.audit().accounts());
    accounts.computeIfPresent("account-0001", (name, account) -> change.apply(account));
    return new Evidence(
        e.client(),
        new Audit(60, e.audit().bookingsStored(), accounts),
        e.calls(),
        e.statements(),
        e.pushes(),
        2,
        true);
  }

  private static <T> List<T> plus(List<T> all, T one) {
    List<T> more = new ArrayList<>(all);
    more.add(one);
    return more;
  }
}
