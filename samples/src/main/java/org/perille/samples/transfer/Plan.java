package org.perille.samples.transfer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The transfers of a run, which follow from its seed.
 *
 * <p>No account is debited with more than its opening balance. So no order of the bookings takes a
 * balance below zero, unless one is booked twice.
 */
final class Plan {
  private static final long MAX_CENTS = 10_000;

  /** A transfer between two accounts. */
  record Transfer(int number, String from, String to, long cents) {
    Booking debit() {
      return new Booking(from, number, -cents);
    }

    Booking credit() {
      return new Booking(to, number, cents);
    }
  }

  private final List<String> accounts = new ArrayList<>();
  private final List<Transfer> transfers = new ArrayList<>();

  Plan(int numberOfAccounts, int numberOfTransfers, long seed) {
    for (int i = 0; i < numberOfAccounts; i++) {
      accounts.add("account-" + i);
    }
    Random random = new Random(seed);
    Map<String, Long> debited = new HashMap<>();
    for (int number = 0; number < numberOfTransfers; number++) {
      String from = any(random);
      String to = any(random);
      while (to.equals(from)) {
        to = any(random);
      }
      long left = Balance.OPENING_CENTS - debited.getOrDefault(from, 0L);
      long cents = Math.min(left, 1 + random.nextInt((int) MAX_CENTS));
      if (cents > 0) {
        debited.merge(from, cents, Long::sum);
        transfers.add(new Transfer(transfers.size(), from, to, cents));
      }
    }
  }

  private String any(Random random) {
    return accounts.get(random.nextInt(accounts.size()));
  }

  List<String> accounts() {
    return accounts;
  }

  List<Transfer> transfers() {
    return transfers;
  }

  /** Returns the money in the bank. */
  long cents() {
    return accounts.size() * Balance.OPENING_CENTS;
  }
}
