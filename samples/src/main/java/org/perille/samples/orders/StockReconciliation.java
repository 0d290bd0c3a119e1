package org.perille.samples.orders;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Compares the stock with the file, and with a plain recomputation.
 *
 * <p>The order that takes a country's last units depends on how the orders of its customers
 * interleaved. Only the log of the movements shows that. The contents of the log and the final
 * level follow from the file alone.
 */
final class StockReconciliation {
  private static final long FIRST = 5_000;
  private static final long TOO_LOW = 500;

  /** The required state of a country, by the log and by the file. */
  private static final class Country {
    private long level = FIRST;
    private long restocked;
    private long unitsOfFile;
  }

  private record Alarm(String orderId, long level) {}

  private record Place(String country, long seq) {}

  private final Map<String, ExpectedOrder> orders;
  private final Findings findings;
  private final Map<String, Country> countries = new TreeMap<>();
  private final Map<Place, Alarm> alarms = new HashMap<>();

  StockReconciliation(Map<String, ExpectedOrder> orders, Findings findings) {
    this.orders = orders;
    this.findings = findings;
  }

  void check(Statement statement) throws SQLException {
    orders.values().forEach(order -> country(order.country()).unitsOfFile += order.units());
    checkMovements(statement);
    findings.equal("inventory: movements published", orders.size(), messagesOf(statement, "stock"));
    checkLevels(statement);
    findings.equal("stock: alarms published", alarms.size(), messagesOf(statement, "alerts"));
    checkAlerts(statement);
  }

  private Country country(String name) {
    return countries.computeIfAbsent(name, unknown -> new Country());
  }

  private void checkMovements(Statement statement) throws SQLException {
    Set<String> seen = new HashSet<>();
    Map<String, Long> lastLine = new HashMap<>();
    Map<String, Long> alarmsOf = new HashMap<>();
    long rows = 0;
    long wrong = 0;
    long disordered = 0;
    try (ResultSet row =
        statement.executeQuery(
            "SELECT country, order_id, units FROM audited_movement ORDER BY country, log_offset")) {
      while (row.next()) {
        rows++;
        String name = row.getString(1);
        String id = row.getString(2);
        long units = row.getLong(3);
        recompute(name, id, units, alarmsOf);
        ExpectedOrder order = orders.get(id);
        if (order == null || !order.country().equals(name) || -order.units() != units) {
          wrong++;
          findings.example("inventory: the movement of '%s' differs from its line".formatted(id));
          continue;
        }
        if (!seen.add(id)) {
          wrong++;
          findings.example("inventory: '%s' has moved stock twice".formatted(id));
        }
        if (lastLine.merge(name + "\t" + order.customer(), order.line(), Math::max)
            > order.line()) {
          disordered++;
          findings.example(
              "inventory: '%s' moved stock after a later one of its customer".formatted(id));
        }
      }
    }
    findings.equal("inventory: movements of stock", orders.size(), rows);
    findings.equal("inventory: movements that differ from the file", 0, wrong);
    findings.equal("inventory: movements out of their customer's order", 0, disordered);
  }

  private void recompute(String name, String orderId, long units, Map<String, Long> alarmsOf) {
    Country country = country(name);
    country.level += units;
    if (country.level < TOO_LOW) {
      Place place = new Place(name, alarmsOf.merge(name, 1L, Long::sum));
      alarms.put(place, new Alarm(orderId, country.level));
      country.restocked += FIRST - country.level;
      country.level = FIRST;
    }
  }

  private static long messagesOf(Statement statement, String subscription) throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT messages FROM progress WHERE subscription = '" + subscription + "'")) {
      row.next();
      return row.getLong(1);
    }
  }

  private void checkLevels(Statement statement) throws SQLException {
    long byFile = 0;
    long byLog = 0;
    try (ResultSet row =
        statement.executeQuery("SELECT country, units, restocked FROM audited_stock")) {
      while (row.next()) {
        Country country = country(row.getString(1));
        long level = row.getLong(2);
        long restocked = row.getLong(3);
        boolean asFile = level - restocked == FIRST - country.unitsOfFile;
        boolean asLog = level == country.level && restocked == country.restocked;
        byFile += asFile ? 1 : 0;
        byLog += asLog ? 1 : 0;
        if (!asFile || !asLog) {
          findings.example("stock: the level of '%s' is wrong".formatted(row.getString(1)));
        }
      }
    }
    findings.equal("stock: levels that follow from the file", countries.size(), byFile);
    findings.equal("stock: levels that follow from the log", countries.size(), byLog);
  }

  private void checkAlerts(Statement statement) throws SQLException {
    long rows = 0;
    long wrong = 0;
    try (ResultSet row =
        statement.executeQuery("SELECT country, seq, order_id, level FROM alert")) {
      while (row.next()) {
        rows++;
        Alarm found = new Alarm(row.getString(3), row.getLong(4));
        if (!found.equals(alarms.get(new Place(row.getString(1), row.getLong(2))))) {
          wrong++;
          findings.example(
              "alerts: alarm %d of '%s' differs from the log"
                  .formatted(row.getLong(2), row.getString(1)));
        }
      }
    }
    findings.equal("alerts: alarms noted", alarms.size(), rows);
    findings.equal("alerts: alarms that differ from the log", 0, wrong);
  }
}
