package org.perille.samples.orders;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Compares the ledger, and the decisions about refused payments, with the file.
 *
 * <p>The file alone determines the result. A refused payment holds back the customer's later ones,
 * so that each of them meets the balance that follows from the file's order.
 */
final class PaymentReconciliation {
  private static final BigDecimal MOST = new BigDecimal("50000");

  /** The required result of an order, and the text of the decision about it if one is needed. */
  private enum Fate {
    CHARGED("", ""),
    CHARGED_AFTER_APPROVAL("OverLimit", "APPROVED"),
    REFUSED_FOR_PRICE("NothingToPay", "DISMISSED"),
    REFUSED_FOR_BALANCE("NeverPaid", "DISMISSED");

    private final String refusal;
    private final String verdict;

    Fate(String refusal, String verdict) {
      this.refusal = refusal;
      this.verdict = verdict;
    }

    boolean isCharged() {
      return this == CHARGED || this == CHARGED_AFTER_APPROVAL;
    }
  }

  private record Expected(ExpectedOrder order, Fate fate, BigDecimal balance) {}

  private final Map<String, Expected> payments = new HashMap<>();
  private final Map<String, BigDecimal> balances = new HashMap<>();
  private final Findings findings;

  PaymentReconciliation(Map<String, ExpectedOrder> orders, Findings findings) {
    this.findings = findings;
    orders.entrySet().stream()
        .sorted(Comparator.comparingLong(order -> order.getValue().line()))
        .forEach(order -> payments.put(order.getKey(), expect(order.getValue())));
  }

  private Expected expect(ExpectedOrder order) {
    BigDecimal before = balances.getOrDefault(order.customer(), BigDecimal.ZERO);
    BigDecimal after = before.add(order.amount());
    Fate fate =
        !order.payable()
            ? Fate.REFUSED_FOR_PRICE
            : after.signum() < 0
                ? Fate.REFUSED_FOR_BALANCE
                : order.amount().compareTo(MOST) > 0 ? Fate.CHARGED_AFTER_APPROVAL : Fate.CHARGED;
    if (fate.isCharged()) {
      balances.put(order.customer(), after);
    }
    return new Expected(order, fate, fate.isCharged() ? after : before);
  }

  void check(Statement statement) throws SQLException {
    checkLedger(statement);
    checkBalances(statement);
    checkDecisions(statement);
  }

  private long count(Fate... fates) {
    List<Fate> wanted = List.of(fates);
    return payments.values().stream().filter(payment -> wanted.contains(payment.fate)).count();
  }

  private void checkLedger(Statement statement) throws SQLException {
    Map<String, Long> lastLine = new HashMap<>();
    long rows = 0;
    long wrong = 0;
    long disordered = 0;
    try (ResultSet row =
        statement.executeQuery(
            "SELECT order_id, customer, amount, balance_after FROM ledger ORDER BY customer, seq")) {
      while (row.next()) {
        rows++;
        String id = row.getString(1);
        Expected expected = payments.get(id);
        if (expected == null) {
          wrong++;
          findings.example(
              "payment: '%s' is in the ledger, and not an order of the file".formatted(id));
          continue;
        }
        ExpectedOrder order = expected.order;
        if (!expected.fate.isCharged()
            || !row.getString(2).equals(order.customer())
            || row.getBigDecimal(3).compareTo(order.amount()) != 0
            || row.getBigDecimal(4).compareTo(expected.balance) != 0) {
          wrong++;
          findings.example("payment: the charge of order '%s' differs from its line".formatted(id));
        }
        if (lastLine.getOrDefault(order.customer(), 0L) > order.line()) {
          disordered++;
          findings.example(
              "payment: order '%s' came after a later one of its customer".formatted(id));
        }
        lastLine.put(order.customer(), order.line());
      }
    }
    findings.equal(
        "payment: orders in the ledger", count(Fate.CHARGED, Fate.CHARGED_AFTER_APPROVAL), rows);
    findings.equal("payment: rows that differ from the file", 0, wrong);
    findings.equal("payment: rows out of their customer's order", 0, disordered);
  }

  private void checkBalances(Statement statement) throws SQLException {
    long equal = 0;
    try (ResultSet row = statement.executeQuery("SELECT customer, balance FROM balance")) {
      while (row.next()) {
        BigDecimal expected = balances.getOrDefault(row.getString(1), BigDecimal.ZERO);
        if (row.getBigDecimal(2).compareTo(expected) == 0) {
          equal++;
        } else {
          findings.example("payment: the balance of '%s' is wrong".formatted(row.getString(1)));
        }
      }
    }
    findings.equal("payment: balances of customers", balances.size(), equal);
  }

  private void checkDecisions(Statement statement) throws SQLException {
    Map<Fate, Long> found = new EnumMap<>(Fate.class);
    long wrong = 0;
    try (ResultSet row =
        statement.executeQuery("SELECT order_id, refusal, verdict FROM decision")) {
      while (row.next()) {
        String id = row.getString(1);
        Expected expected = payments.get(id);
        if (expected == null
            || !expected.fate.refusal.equals(row.getString(2))
            || !expected.fate.verdict.equals(row.getString(3))) {
          wrong++;
          findings.example(
              "payment: '%s' was %s as %s, which differs from its line"
                  .formatted(id, row.getString(3), row.getString(2)));
        } else {
          found.merge(expected.fate, 1L, Long::sum);
        }
      }
    }
    for (Fate fate : Fate.values()) {
      if (fate != Fate.CHARGED) {
        findings.equal(
            "payment: %s, %s".formatted(fate.refusal, fate.verdict.toLowerCase(Locale.ROOT)),
            count(fate),
            found.getOrDefault(fate, 0L));
      }
    }
    findings.equal("payment: decisions that differ from the file", 0, wrong);
  }
}
