package org.perille.samples.transfer;

import java.util.List;

/**
 * The judgement of a run that has ended.
 *
 * @param plannedCents the money in the bank at the beginning
 * @param begun the number of transfers that were begun
 * @param balances the balances of all accounts
 * @param naive whether transfers were made by two publishes
 */
record Verdict(long plannedCents, int begun, List<Balance> balances, Audit audit, boolean naive) {

  private long cents() {
    return balances.stream().mapToLong(Balance::cents).sum();
  }

  private long lowest() {
    return balances.stream().mapToLong(Balance::lowest).min().orElse(0);
  }

  /** Returns the money that is missing; negative if there is too much. */
  long missingCents() {
    return plannedCents - cents();
  }

  /** Returns whether the run shows what it must show. */
  boolean holds() {
    boolean consistent = audit.doubled() == 0 && missingCents() == -audit.cents() && lowest() >= 0;
    return naive ? consistent : consistent && audit.halves() == 0 && missingCents() == 0;
  }

  String text() {
    return String.join(
        System.lineSeparator(),
        "%,d transfers were begun, by %s"
            .formatted(begun, naive ? "two publishes" : "transactions"),
        "%,d of them are whole".formatted(audit.seen() - audit.halves()),
        "%,d of them are half: a debit without its credit".formatted(audit.halves()),
        "%,d of them left nothing: their nodes were killed before".formatted(begun - audit.seen()),
        "%,d of them are booked twice".formatted(audit.doubled()),
        "the second half came at most %.1f s after the first"
            .formatted(audit.longestHalfMillis() / 1000.0),
        "the lowest balance was %.2f".formatted(lowest() / 100.0),
        "%,.2f are in the bank, of %,.2f at the beginning: %s"
            .formatted(
                cents() / 100.0,
                plannedCents / 100.0,
                missingCents() == 0
                    ? "nothing is missing"
                    : "%,.2f are missing".formatted(missingCents() / 100.0)),
        conclusion(),
        "");
  }

  private String conclusion() {
    if (!holds()) {
      return "BROKEN: this must not happen";
    }
    if (!naive) {
      return "Every transfer was made, or not at all.";
    }
    return audit.halves() == 0
        ? "The naive way was lucky: no node was killed between two publishes."
        : "The naive way has lost the credits of %,d transfers.".formatted(audit.halves());
  }
}
