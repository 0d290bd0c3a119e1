package org.perille.samples.payments;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Compares the required results with the actual ones, payment by payment and to the cent. */
final class Verdict {
  private static final int EXAMPLES = 10;
  private static final int CENTS = 100;

  /**
   * A row of the table.
   *
   * @param promised true if a guarantee covers it; none covers the naive handler
   */
  record Point(
      String who,
      String what,
      String expected,
      String found,
      boolean ok,
      boolean promised,
      String note) {}

  /** The provider's charges for one handler. */
  private record Charges(long calls, long charges, long payments, long twice, long cents) {
    static Charges of(String client, List<PaymentProvider.Call> all) {
      List<PaymentProvider.Call> calls =
          all.stream().filter(call -> call.client().equals(client)).toList();
      List<PaymentProvider.Call> charged =
          calls.stream().filter(PaymentProvider.Call::charged).toList();
      Map<String, Long> times =
          times(charged.stream().map(PaymentProvider.Call::paymentId).toList());
      return new Charges(
          calls.size(),
          charged.size(),
          times.size(),
          times.values().stream().filter(n -> n > 1).count(),
          charged.stream().mapToLong(PaymentProvider.Call::amountInCents).sum());
    }
  }

  private final Plan plan;
  private final Evidence evidence;
  private final List<PaymentRequested> booked;
  private final long bookedCents;
  private final Charges naive;
  private final List<Point> points = new ArrayList<>();
  private final List<String> examples = new ArrayList<>();

  private Verdict(Plan plan, Evidence evidence) {
    this.plan = plan;
    this.evidence = evidence;
    this.booked = plan.booked();
    this.bookedCents = cents(booked);
    this.naive = Charges.of(Services.NAIVE, evidence.calls());
  }

  static Verdict of(Plan plan, Evidence evidence) {
    Verdict verdict = new Verdict(plan, evidence);
    verdict.judgeCrashes();
    verdict.judgePublishing();
    verdict.judgeAnswers();
    verdict.judgeLedger();
    verdict.judgeStatements();
    verdict.judgeCharges();
    verdict.judgePushes();
    verdict.judgeNaive();
    return verdict;
  }

  /** Checks that all planned crashes happened. A run without failures proves nothing. */
  private void judgeCrashes() {
    equal("node", "crashes between charging and return", plan.crashes().size(), evidence.crashes());
  }

  private void judgePublishing() {
    Map<String, Set<String>> places = new HashMap<>();
    Map<String, Integer> fresh = new HashMap<>();
    for (ClientNotes.Publication p : evidence.client().publications()) {
      places.computeIfAbsent(p.paymentId(), id -> new HashSet<>()).add(p.place());
      fresh.merge(p.paymentId(), p.duplicate() ? 0 : 1, Integer::sum);
    }
    equal(
        "requests",
        "payments stored",
        plan.requests().size(),
        evidence.audit().requestsStored(),
        "%,d publications".formatted(evidence.client().publications().size()));
    equal(
        "requests",
        "repetitions stored as well",
        0,
        fresh.values().stream().filter(n -> n > 1).count()
            + places.values().stream().filter(all -> all.size() > 1).count(),
        repetitions());
  }

  private String repetitions() {
    Map<Plan.Copy, Long> counts = new EnumMap<>(Plan.Copy.class);
    evidence
        .client()
        .publications()
        .forEach(p -> p.copy().ifPresent(copy -> counts.merge(copy, 1L, Long::sum)));
    long onPurpose = counts.values().stream().mapToLong(n -> n).sum();
    long firsts = evidence.client().publications().size() - onPurpose;
    return "on purpose %,d at once, %,d after the receipt, %,d from another process; %,d without an answer"
        .formatted(
            counts.getOrDefault(Plan.Copy.AT_ONCE, 0L),
            counts.getOrDefault(Plan.Copy.AFTER_RECEIPT, 0L),
            counts.getOrDefault(Plan.Copy.FROM_ANOTHER_PROCESS, 0L),
            Math.max(0, firsts - plan.requests().size()));
  }

  private void judgeAnswers() {
    long right = 0;
    for (PaymentRequested request : plan.requests()) {
      Decision expected = plan.decision(request.paymentId());
      ClientNotes.Answer answer = evidence.client().answers().get(request.paymentId());
      if (answer != null && answer.decision().equals(expected)) {
        right++;
      } else {
        example(
            "'%s' was answered with %s, not %s".formatted(request.paymentId(), answer, expected));
      }
    }
    equal(
        "caller",
        "payments with the right answer",
        plan.requests().size(),
        right,
        "%,d accepted, %,d refused"
            .formatted(booked.size(), plan.requests().size() - booked.size()));
  }

  private void judgeLedger() {
    Map<String, Account> accounts = evidence.audit().accounts();
    equal(
        "ledger",
        "payments booked",
        booked.size(),
        accounts.values().stream().mapToLong(Account::booked).sum());
    equal(
        "ledger",
        "payments refused",
        plan.requests().size() - booked.size(),
        accounts.values().stream().mapToLong(Account::refused).sum());
    amount(
        "ledger",
        "amount booked",
        bookedCents,
        accounts.values().stream()
            .mapToLong(account -> Ledger.OPENING_BALANCE_IN_CENTS - account.balanceInCents())
            .sum());
    long right = 0;
    for (Map.Entry<String, Long> balance : plan.balances().entrySet()) {
      Account account = accounts.get(balance.getKey());
      if (account != null && account.balanceInCents() == balance.getValue()) {
        right++;
      } else {
        example(
            "'%s' is %s, not at %d cents".formatted(balance.getKey(), account, balance.getValue()));
      }
    }
    equal("ledger", "accounts with the right balance", plan.balances().size(), right);
    equal("ledger", "bookings published", booked.size(), evidence.audit().bookingsStored());
  }

  private void judgeStatements() {
    Map<String, Long> lastLine = new HashMap<>();
    Map<String, Long> balances = new HashMap<>();
    long wrong = 0;
    for (Bank.Line line : evidence.statements()) {
      long number = lastLine.merge(line.account(), 1L, Long::sum);
      long balance =
          balances.merge(
              line.account(),
              Ledger.OPENING_BALANCE_IN_CENTS - line.amount(),
              (before, opened) -> before - line.amount());
      if (line.number() != number || line.balance() != balance || !isBooked(line)) {
        wrong++;
        example(line + " doesn't follow from the line before");
      }
    }
    equal("statement", "lines", booked.size(), evidence.statements().size());
    equal("statement", "lines that don't follow", 0, wrong);
    amount(
        "statement",
        "amount",
        bookedCents,
        evidence.statements().stream().mapToLong(Bank.Line::amount).sum());
  }

  private boolean isBooked(Bank.Line line) {
    return plan.request(line.paymentId())
        .map(
            request ->
                request.account().equals(line.account())
                    && request.amountInCents() == line.amount()
                    && plan.decision(line.paymentId()).accepted())
        .orElse(false);
  }

  private void judgeCharges() {
    Charges charge = Charges.of(Services.CHARGE, evidence.calls());
    long again = charge.calls - charge.charges;
    equal(
        "charge",
        "payments charged",
        booked.size(),
        charge.payments,
        "%,d calls, %,d of them known by their key".formatted(charge.calls, again));
    equal("charge", "payments charged twice", 0, charge.twice);
    amount("charge", "amount charged", bookedCents, charge.cents);
    points.add(
        new Point(
            "charge",
            "calls made again",
            "%,d or more".formatted(evidence.crashes()),
            number(again),
            again >= evidence.crashes(),
            true,
            "one for each crash, and others in flight"));
  }

  private void judgePushes() {
    Map<String, Long> sent = times(evidence.pushes());
    long known = sent.keySet().stream().filter(id -> plan.request(id).isPresent()).count();
    long lost = plan.requests().size() - known;
    points.add(
        new Point(
            "push",
            "payments with a push",
            number(plan.requests().size()),
            number(known),
            known == sent.size() && (lost == 0 || evidence.crashed()),
            true,
            lost == 0
                ? ""
                : "%,d lost %s"
                    .formatted(
                        lost,
                        evidence.crashed()
                            ? "in crashes, as at-most-once may"
                            : "without a crash")));
    equal("push", "payments with two pushes", 0, sent.values().stream().filter(n -> n > 1).count());
  }

  /**
   * Judges the naive handler. It follows the same ledger, and so the same deduplicated requests.
   */
  private void judgeNaive() {
    // At-least-once promises that nothing is lost, for the naive handler too.
    equal("naive", "payments charged", booked.size(), naive.payments);
    unpromised("charges made", number(booked.size()), number(naive.charges));
    unpromised("payments charged twice", number(0), number(naive.twice));
    unpromised("amount charged", money(bookedCents), money(naive.cents));
  }

  private void equal(String who, String what, long expected, long found) {
    equal(who, what, expected, found, "");
  }

  private void equal(String who, String what, long expected, long found, String note) {
    points.add(
        new Point(who, what, number(expected), number(found), expected == found, true, note));
  }

  private void amount(String who, String what, long expected, long found) {
    points.add(new Point(who, what, money(expected), money(found), expected == found, true, ""));
  }

  private void unpromised(String what, String expected, String found) {
    boolean ok = expected.equals(found);
    points.add(
        new Point("naive", what, expected, found, ok, false, ok ? "" : "not covered by a promise"));
  }

  private void example(String text) {
    if (examples.size() < EXAMPLES) {
      examples.add(text);
    }
  }

  /** Returns whether everything that is promised holds. */
  boolean holds() {
    return points.stream().allMatch(point -> point.ok || !point.promised);
  }

  /** Returns the rows of the table. */
  List<Point> points() {
    return List.copyOf(points);
  }

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "%nAsked for: %,d payments out of %,d accounts, %s in all. The ledger must book %,d of them, %s.%n%n"
            .formatted(
                plan.requests().size(),
                plan.balances().size(),
                money(cents(plan.requests())),
                booked.size(),
                money(bookedCents)));
    text.append("%-45s %12s %12s%n".formatted("", "expected", "found"));
    for (Point point : points) {
      text.append(
          "%-10s %-34s %12s %12s  %-6s%s%n"
              .formatted(
                  point.who,
                  point.what,
                  point.expected,
                  point.found,
                  point.ok ? "ok" : "NOT OK",
                  point.note.isEmpty() ? "" : " (" + point.note + ")")
              .replaceAll(" +\n", "\n"));
    }
    examples.forEach(example -> text.append("  ").append(example).append('\n'));
    text.append('\n').append(withoutIds());
    text.append(
        "The naive handler has charged %,d payments more than once: %s too much.%n"
            .formatted(naive.twice, money(naive.cents - bookedCents)));
    text.append(
        holds()
            ? "What must happen once has happened once, to the cent.\n"
            : "What was promised is NOT so.\n");
    return text.toString();
  }

  /** Returns the same comparison for the publisher's side: a client without message ids. */
  private String withoutIds() {
    List<ClientNotes.Publication> all = evidence.client().publications();
    long cents =
        all.stream()
            .flatMap(p -> plan.request(p.paymentId()).stream())
            .mapToLong(PaymentRequested::amountInCents)
            .sum();
    return "Without message ids the client would have asked for %,d payments, %s too much.%n"
        .formatted(all.size(), money(cents - cents(plan.requests())));
  }

  private static Map<String, Long> times(List<String> all) {
    Map<String, Long> times = new HashMap<>();
    all.forEach(one -> times.merge(one, 1L, Long::sum));
    return times;
  }

  private static long cents(List<PaymentRequested> payments) {
    return payments.stream().mapToLong(PaymentRequested::amountInCents).sum();
  }

  private static String number(long number) {
    return "%,d".formatted(number);
  }

  private static String money(long cents) {
    return "%s%,d.%02d"
        .formatted(cents < 0 ? "-" : "", Math.abs(cents) / CENTS, Math.abs(cents) % CENTS);
  }
}
