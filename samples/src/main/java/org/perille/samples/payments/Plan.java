package org.perille.samples.payments;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * What is asked for, how the client repeats itself, where the node crashes, and what must come of
 * it. All of it follows from a seed; nothing of it is taken from what the handlers do.
 */
final class Plan {
  /** A crash has its own payment, and some before and after it that are under way meanwhile. */
  static final int MIN_PAYMENTS_PER_CRASH = 20;

  /** Payments that the client asks for behind the one at which the node crashes. */
  private static final int BEHIND_CRASH = 10;

  private static final int PAYMENTS_PER_ACCOUNT = 20;
  private static final int MIN_AMOUNT = 100;
  private static final int MAX_AMOUNT = 5_000;
  private static final double SHARE_REPEATED = 0.3;
  private static final double SHARE_REPEATED_TWICE = 0.1;

  /** When the client publishes a payment once more. */
  enum Copy {
    /** While the first waits for its receipt. */
    AT_ONCE,
    /** When the first has its receipt. */
    AFTER_RECEIPT,
    /** When the process that published the first has ended, and another one doesn't know. */
    FROM_ANOTHER_PROCESS
  }

  /**
   * A crash after a payment was charged, and before that is acknowledged.
   *
   * @param number from 1
   * @param killed whether the launcher kills the process; if not, it halts itself
   * @param pushLost whether the payment's push is still to be sent then, and so is lost
   */
  record Crash(int number, String paymentId, boolean killed, boolean pushLost) {}

  /** What a plan follows from. */
  record Settings(long seed, int payments, int crashes) {
    Settings {
      if (crashes < 0 || payments < MIN_PAYMENTS_PER_CRASH * (crashes + 1)) {
        throw new IllegalArgumentException(
            "%d payments are too few for %d crashes: use at least %d for each, and as many more"
                .formatted(payments, crashes, MIN_PAYMENTS_PER_CRASH));
      }
    }

    /** The payment at which the crash of this number, from 1, happens. */
    int indexOf(int crash) {
      return (int) ((long) crash * payments / (crashes + 1));
    }
  }

  private final Settings settings;
  private final Map<String, PaymentRequested> requests = new LinkedHashMap<>();
  private final Map<String, List<Copy>> copies = new HashMap<>();
  private final List<Crash> crashes = new ArrayList<>();
  private final Map<String, Long> balances = new LinkedHashMap<>();
  private final Map<String, Decision> decisions = new HashMap<>();

  private Plan(Settings settings) {
    this.settings = settings;
  }

  static Plan of(Settings settings) {
    Plan plan = new Plan(settings);
    plan.draw(new Random(settings.seed));
    return plan;
  }

  private void draw(Random random) {
    int accounts = Math.max(2, settings.payments / PAYMENTS_PER_ACCOUNT);
    for (int i = 1; i <= accounts; i++) {
      balances.put("account-%04d".formatted(i), Ledger.OPENING_BALANCE_IN_CENTS);
    }
    List<String> names = List.copyOf(balances.keySet());
    for (int i = 0; i < settings.payments; i++) {
      String id = "payment-%06d".formatted(i + 1);
      boolean crash =
          crashes.size() < settings.crashes && i == settings.indexOf(crashes.size() + 1);
      // Only a payment that the ledger books is charged, so a crash takes one that it will book.
      String account = crash ? richest() : names.get(random.nextInt(accounts));
      long amount = crash ? MIN_AMOUNT : MIN_AMOUNT + random.nextInt(MAX_AMOUNT - MIN_AMOUNT + 1);
      request(new PaymentRequested(id, account, amount));
      copies.put(id, drawCopies(random));
      if (crash) {
        addCrash(id);
      }
    }
  }

  private String richest() {
    return balances.entrySet().stream()
        .max(Comparator.comparingLong(Map.Entry::getValue))
        .orElseThrow()
        .getKey();
  }

  private void request(PaymentRequested request) {
    long balance = balances.get(request.account());
    boolean accepted = request.amountInCents() <= balance;
    long after = accepted ? balance - request.amountInCents() : balance;
    balances.put(request.account(), after);
    requests.put(request.paymentId(), request);
    decisions.put(request.paymentId(), new Decision(request.paymentId(), accepted, after));
  }

  private static List<Copy> drawCopies(Random random) {
    double dice = random.nextDouble();
    int number = dice < SHARE_REPEATED_TWICE ? 2 : dice < SHARE_REPEATED ? 1 : 0;
    List<Copy> copies = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      copies.add(Copy.values()[random.nextInt(Copy.values().length)]);
    }
    return List.copyOf(copies);
  }

  private void addCrash(String paymentId) {
    if (!decisions.get(paymentId).accepted()) {
      throw new IllegalArgumentException("no account can pay '%s'".formatted(paymentId));
    }
    int number = crashes.size() + 1;
    // Four crashes in a row are of all four kinds.
    crashes.add(new Crash(number, paymentId, number % 2 == 0, number % 4 < 2));
  }

  /** All payments, in the order in which they are asked for. */
  List<PaymentRequested> requests() {
    return List.copyOf(requests.values());
  }

  /** What the client asks for before it has to be started again after so many crashes. */
  List<PaymentRequested> requestsUntilCrash(int crashesBefore) {
    List<PaymentRequested> all = requests();
    return crashesBefore < settings.crashes
        ? all.subList(0, settings.indexOf(crashesBefore + 1) + 1 + BEHIND_CRASH)
        : all;
  }

  /** When a payment is published once more. */
  List<Copy> copies(String paymentId) {
    return copies.get(paymentId);
  }

  /** The crash after so many others. */
  Optional<Crash> crashAfter(int crashesBefore) {
    return crashesBefore < crashes.size()
        ? Optional.of(crashes.get(crashesBefore))
        : Optional.empty();
  }

  /** All crashes, in their order. */
  List<Crash> crashes() {
    return List.copyOf(crashes);
  }

  /** A payment, if it is one of the plan. */
  Optional<PaymentRequested> request(String paymentId) {
    return Optional.ofNullable(requests.get(paymentId));
  }

  /** What the ledger must answer to a payment. */
  Decision decision(String paymentId) {
    return decisions.get(paymentId);
  }

  /** What each account must have at the end. */
  Map<String, Long> balances() {
    return Map.copyOf(balances);
  }

  /** The payments that must be booked, in the order in which they are asked for. */
  List<PaymentRequested> booked() {
    return requests.values().stream()
        .filter(request -> decisions.get(request.paymentId()).accepted())
        .toList();
  }
}
