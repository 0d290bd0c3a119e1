package org.perille.proof.cluster;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A check of database sessions while a host is away.
 *
 * <p>It reports sessions that hold what others wait for, longer than the configured time-outs
 * allow.
 */
final class SessionWatch {
  /**
   * The limit of the time that a session may be idle in a transaction, or wait for a lock.
   *
   * <p>The configuration allows 10 s. The rest is tolerance.
   */
  static final int MOST_SECONDS = 15;

  private static final int LOOK_EVERY_MILLIS = 1_000;

  private static final String OVERDUE =
      """
      SELECT pid || ' since ' || state_change, CASE WHEN state LIKE 'idle in transaction%%'
          THEN 'is idle in a transaction' ELSE 'waits for a lock' END || ', in: ' || left(query, 100)
      FROM pg_stat_activity
      WHERE (state LIKE 'idle in transaction%%' OR wait_event_type = 'Lock')
        AND clock_timestamp() - state_change > interval '%d s'
      """
          .formatted(MOST_SECONDS);

  private final Database database;
  private final Consumer<String> findings;
  private final Thread thread = new Thread(this::look, "session watch");

  /**
   * The sessions that were overdue at the last check. On a machine that was asleep some are overdue
   * for a moment.
   */
  private Set<String> overdue = Set.of();

  private final Set<String> told = new HashSet<>();

  private SessionWatch(Database database, Consumer<String> findings) {
    this.database = database;
    this.findings = findings;
  }

  /** Starts to check. Reports each session once. */
  static SessionWatch begin(Database database, Consumer<String> findings) {
    SessionWatch watch = new SessionWatch(database, findings);
    watch.thread.setDaemon(true);
    watch.thread.start();
    return watch;
  }

  private void look() {
    try {
      while (true) {
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
        lookOnce();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookOnce() {
    Set<String> now = new HashSet<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(OVERDUE)) {
      while (row.next()) {
        String session = row.getString(1);
        now.add(session);
        if (overdue.contains(session) && told.add(session)) {
          findings.accept(
              "session %s %s, longer than %d s".formatted(session, row.getString(2), MOST_SECONDS));
        }
      }
    } catch (SQLException e) {
      // Another fault has stopped the database.
    }
    overdue = now;
  }

  /** Stops the checks. */
  void end() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
