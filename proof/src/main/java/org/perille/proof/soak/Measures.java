package org.perille.proof.soak;

import java.lang.management.ManagementFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** Takes samples of a process and its database. */
final class Measures {
  private static final Pattern HISTOGRAM_LINE =
      Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*");
  private static final String OURS = "org.perille.";

  /** This suite keeps what it has measured. That grows, and is nothing of the product. */
  private static final String THIS_SUITE = Measures.class.getPackageName() + ".";

  /**
   * The number of objects from which on a class is judged individually. Smaller classes only count
   * in the total.
   */
  private static final long MANY = 300;

  private static final double MEBIBYTE = 1024.0 * 1024;

  private final Storage storage;

  Measures(Storage storage) {
    this.storage = storage;
  }

  Sample sample(int round, long messages) throws SQLException {
    Map<String, Double> judged = new TreeMap<>();
    Map<String, Double> shown = new TreeMap<>();
    measureHeap(judged, shown);
    judged.put(Sample.THREADS, (double) ManagementFactory.getThreadMXBean().getThreadCount());
    double bytes = storage.bytes();
    shown.put("database MiB", bytes / MEBIBYTE);
    judged.put("database KiB" + Sample.PER_MESSAGE, bytes / 1024 / messages);
    try (Connection connection = storage.database().getConnection();
        Statement statement = connection.createStatement()) {
      measureRows(statement, messages, judged);
      measureRecovery(statement, judged);
    }
    return new Sample(round, messages, judged, shown);
  }

  /** Measures live objects. The histogram collects garbage first. */
  private static void measureHeap(Map<String, Double> judged, Map<String, Double> shown) {
    double ours = 0;
    double bytes = 0;
    for (String line : histogram().split("\n", -1)) {
      Matcher matcher = HISTOGRAM_LINE.matcher(line);
      if (matcher.matches()) {
        long count = Long.parseLong(matcher.group(1));
        String type = matcher.group(3);
        bytes += Long.parseLong(matcher.group(2));
        if (type.startsWith(OURS) && !type.startsWith(THIS_SUITE)) {
          ours += count;
          if (count >= MANY) {
            judged.put(Sample.OBJECTS_OF + type.substring(OURS.length()), (double) count);
          }
        }
      }
    }
    judged.put(Sample.OBJECTS, ours);
    shown.put("live MiB", bytes / MEBIBYTE);
  }

  private static String histogram() {
    try {
      return (String)
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {null},
                  new String[] {String[].class.getName()});
    } catch (JMException e) {
      throw new IllegalStateException("this JVM has no histogram of its heap", e);
    }
  }

  /**
   * Measures the rows. The log and the effects of keys are stored permanently, and grow with the
   * messages. All others must not grow.
   */
  private static void measureRows(Statement statement, long messages, Map<String, Double> judged)
      throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT kind, COUNT(*) FROM (SELECT SUBSTRING(\"persistence_id\" FROM 1 FOR POSITION('|' IN \"persistence_id\")) AS kind FROM \"perille_journal\") AS kinds GROUP BY kind")) {
      while (row.next()) {
        String kind = Sample.ROWS + row.getString(1).replace("|", "");
        boolean kept = kind.endsWith("partition") || kind.endsWith("effect");
        judged.put(
            kept ? kind + Sample.PER_MESSAGE : kind,
            kept ? row.getDouble(2) / messages : row.getDouble(2));
      }
    }
    for (String table : new String[] {"perille_topic", "perille_subscription", "perille_cursor"}) {
      try (ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
        row.next();
        judged.put(Sample.ROWS + table, row.getDouble(1));
      }
    }
    try (ResultSet row =
        statement.executeQuery(
            "SELECT MAX(c) FROM (SELECT COUNT(*) AS c FROM \"perille_snapshot\" GROUP BY \"persistence_id\") AS counts")) {
      row.next();
      judged.put(Sample.SNAPSHOTS_OF_ONE, row.getDouble(1));
    }
  }

  /** Measures the work of a recovery: the maximum number of events after the last snapshot. */
  private static void measureRecovery(Statement statement, Map<String, Double> judged)
      throws SQLException {
    try (ResultSet row =
        statement.executeQuery(
            "SELECT MAX(j.highest - COALESCE(s.highest, 0)) FROM (SELECT \"persistence_id\" AS id, MAX(\"sequence_number\") AS highest FROM \"perille_journal\" GROUP BY \"persistence_id\") AS j LEFT JOIN (SELECT \"persistence_id\" AS id, MAX(\"sequence_number\") AS highest FROM \"perille_snapshot\" GROUP BY \"persistence_id\") AS s ON j.id = s.id")) {
      row.next();
      judged.put(Sample.EVENTS_TO_REPLAY, row.getDouble(1));
    }
  }
}
