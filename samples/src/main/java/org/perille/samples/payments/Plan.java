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
 * The plan of a run: the payments, the client's repetitions, the crashes, and the required result.
 *
 * <p>All of it follows from a seed, and none of it from what the handlers do.
 */
final class Plan {
  /** The minimum of payments for each crash: its own, and some in flight before and after. */
  static final int MIN_PAYMENTS_PER_CRASH = 20;

  /** The number of payments that the client requests after the one at which the node crashes. */
  private static final int BEHIND_CRASH = 10;

  private static final int PAYMENTS_PER_ACCOUNT = 20;
  private static final int MIN_AMOUNT = 100;
  private static final int MAX_AMOUNT = 5_000;
  private static final double SHARE_REPEATED = 0.3;
  private static final double SHARE_REPEATED_TWICE = 0.1;

  /** The moment at which the client publishes a payment again. */
  enum Copy {
    /** While the first publication waits for its receipt. */
    AT_ONCE,
    /** After the receipt of the first publication. */
    AFTER_RECEIPT,
    /** After the process of the first publication has ended, from one that doesn't know of it. */
    FROM_ANOTHER_PROCESS
  }

  /**
   * A crash between the charge of a payment and its acknowledgement.
   *
   * @param number the number of the crash, from 1
   * @param killed true if the launcher kills the process, false if it halts itself
   * @param pushLost true if the payment's push isn't sent before the crash, and so is lost
   */
  record Crash(int number, String paymentId, boolean killed, boolean pushLost) {}

  /** The settings that determine a plan. */
  record Settings(long seed, int payments, int crashes) {
    Settings {
      if (crashes < 0 || payments < MIN_PAYMENTS_PER_CRASH * (crashes + 1)) {
        throw new IllegalArgumentException(
            "%d payments are too few for %d crashes: use at least %d for each, and %<d more"
                .formatted(payments, crashes, MIN_PAYMENTS_PER_CRASH));
      }
    }

    /** Returns the index of the payment of a crash; crashes are numbered from 1. */
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
      // Only a payment that the ledger books is charged, so a crash needs one that it will book.
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

  /** Returns all payments, in the order of the requests. */
  List<PaymentRequested> requests() {
    return List.copyOf(requests.values());
  }

  /** Returns the requests up to the next crash, for a node that has crashed this many times. */
  List<PaymentRequested> requestsUntilCrash(int crashesBefore) {
    List<PaymentRequested> all = requests();
    return crashesBefore < settings.crashes
        ? all.subList(0, settings.indexOf(crashesBefore + 1) + 1 + BEHIND_CRASH)
        : all;
  }

  /** Returns the repetitions of a payment. */
  List<Copy> copies(String paymentId) {
    return copies.get(paymentId);
  }

  /** Returns the crash after this many others. */
  Optional<Crash> crashAfter(int crashesBefore) {
    return crashesBefore < crashes.size()
        ? Optional.of(crashes.get(crashesBefore))
        : Optional.empty();
  }

  /** Returns all crashes, in order. */
  List<Crash> crashes() {
    return List.copyOf(crashes);
  }

  /** Returns a payment, if it is part of the plan. */
  Optional<PaymentRequested> request(String paymentId) {
    return Optional.ofNullable(requests.get(paymentId));
  }

  /** Returns the required answer of the ledger to a payment. */
  Decision decision(String paymentId) {
    return decisions.get(paymentId);
  }

  /** Returns the required final balance of each account. */
  Map<String, Long> balances() {
    return Map.copyOf(balances);
  }

  /** Returns the payments that must be booked, in the order of the requests. */
  List<PaymentRequested> booked() {
    return requests.values().stream()
        .filter(request -> decisions.get(request.paymentId()).accepted())
        .toList();
  }
}
