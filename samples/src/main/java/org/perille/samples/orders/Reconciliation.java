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
 * Computes from the file, line by line, what must have happened, and compares it with what did.
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
  private long mailDuplicates;

  private Reconciliation() {}

  /**
   * Compares everything.
   *
   * @param crashed whether a node has died: then at-most-once may have lost what was in flight
   */
  static Reconciliation of(InvoiceFile file, Shop shop, Path data, boolean crashed)
      throws SQLException {
    Reconciliation reconciliation = new Reconciliation();
    reconciliation.readFile(file);
    try (Connection connection = shop.dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      reconciliation.checkRefusals(statement);
      reconciliation.checkPayment(statement);
      new StockReconciliation(reconciliation.orders, reconciliation.findings).check(statement);
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

  private void checkPayment(Statement statement) throws SQLException {
    Map<String, BigDecimal> balances = new HashMap<>();
    Map<String, Long> lastLine = new HashMap<>();
    long rows = 0;
    long charged = 0;
    long wrong = 0;
    long disordered = 0;
    try (ResultSet row =
        statement.executeQuery(
            "SELECT order_id, customer, status, amount, balance_after FROM ledger ORDER BY customer, seq")) {
      while (row.next()) {
        rows++;
        String id = row.getString(1);
        ExpectedOrder order = orders.get(id);
        if (order == null) {
          wrong++;
          findings.example(
              "payment: '%s' is in the ledger, and not an order of the file".formatted(id));
          continue;
        }
        boolean isCharged = row.getString(3).equals("charged");
        charged += isCharged ? 1 : 0;
        BigDecimal balance = balances.getOrDefault(order.customer(), BigDecimal.ZERO);
        if (order.payable()) {
          balance = balance.add(order.amount());
        }
        balances.put(order.customer(), balance);
        if (isCharged != order.payable()
            || !row.getString(2).equals(order.customer())
            || row.getBigDecimal(4).compareTo(order.amount()) != 0
            || row.getBigDecimal(5).compareTo(balance) != 0) {
          wrong++;
          findings.example(
              "payment: order '%s' is charged otherwise than its line says".formatted(id));
        }
        if (lastLine.getOrDefault(order.customer(), 0L) > order.line()) {
          disordered++;
          findings.example(
              "payment: order '%s' came after a later one of its customer".formatted(id));
        }
        lastLine.put(order.customer(), order.line());
      }
    }
    findings.equal("payment: orders in the ledger", orders.size(), rows);
    findings.equal(
        "payment: of them charged",
        orders.values().stream().filter(ExpectedOrder::payable).count(),
        charged);
    findings.equal("payment: rows that differ from the file", 0, wrong);
    findings.equal("payment: rows out of their customer's order", 0, disordered);
    checkBalances(statement, balances);
  }

  private void checkBalances(Statement statement, Map<String, BigDecimal> balances)
      throws SQLException {
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
    Set<String> customers = new HashSet<>();
    orders.values().forEach(order -> customers.add(order.customer()));
    findings.equal("payment: balances of customers", customers.size(), equal);
  }

  private void checkNotification(Path data) {
    Map<String, Long> mails = new HashMap<>();
    Journal.readAll(data, "mail-spool", line -> mails.merge(TAB.split(line, -1)[0], 1L, Long::sum));
    mailDuplicates = mails.values().stream().mapToLong(count -> count - 1).sum();
    long known = mails.keySet().stream().filter(orders::containsKey).count();
    findings.judge(
        "notification: orders with a mail",
        orders.size(),
        known,
        mailDuplicates + " mails sent again",
        known == orders.size() && known == mails.size());
    orders.keySet().stream()
        .filter(id -> !mails.containsKey(id))
        .forEach(id -> findings.example("notification: order '%s' has no mail".formatted(id)));
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

  /** Messages of a service that were handled more than once. */
  long duplicatesOf(String service) {
    return service.equals("notification") ? mailDuplicates : 0;
  }

  String text() {
    return findings.text();
  }
}
