package org.perille.samples.orders;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.YearMonth;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.perille.samples.launch.Journal;

/**
 * Computes the required results from the file, line by line, and compares them with the actual
 * ones.
 *
 * <p>It shares no logic with the services: it reads the file's text and their stores.
 */
final class Reconciliation {
  private static final Pattern DATE =
      Pattern.compile("(\\d{1,2})/(\\d{1,2})/(\\d{4}) (\\d{1,2}):(\\d{2})");
  private static final Pattern TAB = Pattern.compile("\t");

  private final Map<String, ExpectedOrder> orders = new HashMap<>();
  private final Map<Long, String> refusals = new TreeMap<>();
  private final Findings findings = new Findings();

  private Reconciliation() {}

  /**
   * Compares everything.
   *
   * @param crashed whether a node has died; if so, at-most-once may have lost messages in flight
   */
  static Reconciliation of(InvoiceFile file, Shop shop, Path data, boolean crashed)
      throws SQLException {
    Reconciliation reconciliation = new Reconciliation();
    reconciliation.readFile(file);
    try (Connection connection = shop.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      reconciliation.checkRefusals(statement);
      new PaymentReconciliation(reconciliation.orders, reconciliation.findings).check(statement);
      new StockReconciliation(reconciliation.orders, reconciliation.findings).check(statement);
      reconciliation.checkDeadLetters(statement);
    }
    reconciliation.checkNotification(data);
    reconciliation.checkAnalytics(data, crashed);
    return reconciliation;
  }

  private void readFile(InvoiceFile file) {
    try (Stream<InvoiceFile.RawLine> lines = file.rawLines()) {
      lines.forEach(line -> expect(line.number(), line.text()));
    }
  }

  private void expect(long line, String text) {
    String[] f = text.split(",", -1);
    Optional<String> refusal = refusal(f);
    if (refusal.isPresent()) {
      refusals.put(line, refusal.get());
      return;
    }
    String[] day = f[1].substring(0, f[1].indexOf(' ')).split("/", -1);
    orders.put(
        f[0] + "-" + line,
        new ExpectedOrder(
            line,
            f[2],
            f[3],
            Integer.parseInt(day[2]) + "-" + Integer.parseInt(day[0]),
            Long.parseLong(f[4]),
            new BigDecimal(f[5]).multiply(new BigDecimal(f[4]))));
  }

  private static Optional<String> refusal(String[] f) {
    if (f.length != 6) {
      return Optional.of("not 6 fields");
    }
    boolean cancelled = f[0].startsWith("C");
    String digits = cancelled ? f[0].substring(1) : f[0];
    if (digits.length() > 20 || !digits.matches("\\d+")) {
      return Optional.of("no invoice number");
    }
    if (!isDate(f[1])) {
      return Optional.of("no date");
    }
    for (String name : List.of(f[2], f[3])) {
      if (name.codePointCount(0, name.length()) > 50
          || name.codePoints().anyMatch(Character::isISOControl)) {
        return Optional.of("no name");
      }
    }
    if (f[3].isBlank()) {
      return Optional.of("no country");
    }
    if (!f[4].matches("[-+]?\\d{1,9}") || !f[5].matches("[-+]?\\d{1,9}(\\.\\d{1,9})?")) {
      return Optional.of("no number");
    }
    long units = Long.parseLong(f[4]);
    if (cancelled && units >= 0) {
      return Optional.of("cancels nothing");
    }
    if (!cancelled && units <= 0) {
      return Optional.of("orders nothing");
    }
    return f[2].isBlank() || f[2].equals("(blank)") ? Optional.of("no customer") : Optional.empty();
  }

  private static boolean isDate(String text) {
    Matcher date = DATE.matcher(text);
    if (!date.matches()) {
      return false;
    }
    int month = Integer.parseInt(date.group(1));
    int day = Integer.parseInt(date.group(2));
    return month >= 1
        && month <= 12
        && day >= 1
        && day <= YearMonth.of(Integer.parseInt(date.group(3)), month).lengthOfMonth()
        && Integer.parseInt(date.group(4)) < 24
        && Integer.parseInt(date.group(5)) < 60;
  }

  private void checkRefusals(Statement statement) throws SQLException {
    Map<String, Long> expected = new TreeMap<>();
    refusals.values().forEach(reason -> expected.merge(reason, 1L, Long::sum));
    Map<String, Long> found = new TreeMap<>();
    try (ResultSet row = statement.executeQuery("SELECT line, reason FROM refusal")) {
      while (row.next()) {
        found.merge(row.getString(2), 1L, Long::sum);
        if (!row.getString(2).equals(refusals.get(row.getLong(1)))) {
          findings.example("line %d was refused: %s".formatted(row.getLong(1), row.getString(2)));
        }
      }
    }
    Set<String> reasons = new HashSet<>(expected.keySet());
    reasons.addAll(found.keySet());
    for (String reason : reasons) {
      findings.equal(
          "publish: refused, " + reason,
          expected.getOrDefault(reason, 0L),
          found.getOrDefault(reason, 0L));
    }
  }

  private void checkNotification(Path data) {
    Set<String> keys = new HashSet<>();
    Map<String, Long> mails = new HashMap<>();
    long[] sent = {0};
    MailProvider.readAll(
        data,
        mail -> {
          sent[0]++;
          keys.add(mail.key());
          mails.merge(mail.orderId(), 1L, Long::sum);
        });
    findings.equal("notification: mails sent", orders.size(), sent[0]);
    findings.equal(
        "notification: orders with a mail",
        orders.size(),
        orders.keySet().stream().filter(mails::containsKey).count());
    findings.equal("notification: keys that the provider saw", sent[0], keys.size());
    orders.keySet().stream()
        .filter(id -> !mails.containsKey(id))
        .forEach(id -> findings.example("notification: order '%s' has no mail".formatted(id)));
    mails.forEach(
        (id, count) -> {
          if (count > 1) {
            findings.example("notification: order '%s' has %d mails".formatted(id, count));
          }
        });
  }

  /** Checks that no dead letter is left, and no message behind one. */
  private void checkDeadLetters(Statement statement) throws SQLException {
    try (ResultSet row = statement.executeQuery("SELECT SUM(dead), SUM(lag) FROM progress")) {
      row.next();
      findings.equal("dead letters that are left", 0, row.getLong(1));
      findings.equal("messages that still wait", 0, row.getLong(2));
    }
  }

  private void checkAnalytics(Path data, boolean crashed) {
    Map<String, Long> seen = new HashMap<>();
    Map<String, BigDecimal> found = new HashMap<>();
    Journal.readAll(
        data,
        "analytics",
        line -> {
          String[] f = TAB.split(line, -1);
          seen.merge(f[0], 1L, Long::sum);
          found.merge(f[1] + " " + f[2], new BigDecimal(f[3]), BigDecimal::add);
        });
    long twice = seen.values().stream().filter(count -> count > 1).count();
    long known = seen.keySet().stream().filter(orders::containsKey).count();
    long lost = orders.size() - known;
    findings.judge(
        "analytics: orders counted",
        orders.size(),
        known,
        lost == 0
            ? ""
            : lost + (crashed ? " lost in a crash, as at-most-once may" : " lost, and no crash"),
        known == seen.size() && (lost == 0 || crashed));
    findings.equal("analytics: orders counted twice", 0, twice);
    Map<String, BigDecimal> expected = new HashMap<>();
    orders.forEach(
        (id, order) -> {
          if (seen.containsKey(id)) {
            expected.merge(order.country() + " " + order.month(), order.amount(), BigDecimal::add);
          }
        });
    findings.equal(
        "analytics: months of countries with the right revenue",
        expected.size(),
        expected.entrySet().stream()
            .filter(
                month ->
                    found.containsKey(month.getKey())
                        && found.get(month.getKey()).compareTo(month.getValue()) == 0)
            .count());
  }

  boolean holds() {
    return findings.hold();
  }

  String text() {
    return findings.text();
  }
}
