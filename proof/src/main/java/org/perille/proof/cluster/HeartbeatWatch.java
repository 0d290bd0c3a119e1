package org.perille.proof.cluster;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A check of the heartbeats that nodes write into the database.
 *
 * <p>It shows whether a cluster was alive all the time.
 */
final class HeartbeatWatch {
  private static final String READ =
      "SELECT number, count FROM perille_node WHERE address <> ? ORDER BY number";

  private final Database database;
  private final String except;
  private final Repeated looks = new Repeated("heartbeat watch", this::look);
  private final Map<Long, Long> counts = new HashMap<>();
  private long lastNanos = System.nanoTime();
  private long longestNanos;
  private int heartbeats;

  private HeartbeatWatch(Database database, String except) {
    this.database = database;
    this.except = except;
  }

  /**
   * Starts to watch.
   *
   * @param except the address of a node that doesn't count
   */
  static HeartbeatWatch begin(Database database, String except) {
    HeartbeatWatch watch = new HeartbeatWatch(database, except);
    watch.looks.begin();
    return watch;
  }

  private void look() {
    Map<Long, Long> found = new HashMap<>();
    try (Connection connection = database.connect();
        PreparedStatement read = connection.prepareStatement(READ)) {
      read.setString(1, except);
      try (ResultSet row = read.executeQuery()) {
        while (row.next()) {
          found.put(row.getLong(1), row.getLong(2));
        }
      }
    } catch (SQLException e) {
      // Counts as a time without heartbeats.
    }
    noted(found);
  }

  private synchronized void noted(Map<Long, Long> found) {
    long now = System.nanoTime();
    boolean beat =
        found.entrySet().stream()
            .anyMatch(
                entry ->
                    counts.containsKey(entry.getKey())
                        && counts.get(entry.getKey()) < entry.getValue());
    counts.putAll(found);
    if (beat) {
      longestNanos = Math.max(longestNanos, now - lastNanos);
      lastNanos = now;
      heartbeats++;
    }
  }

  /** Returns the number of heartbeats so far. */
  synchronized int heartbeats() {
    return heartbeats;
  }

  /** Starts the measurement of pauses anew. */
  synchronized void restart() {
    lastNanos = System.nanoTime();
    longestNanos = 0;
  }

  /** Returns the longest time without a heartbeat of any node, until now. */
  synchronized long longestPauseMillis() {
    return TimeUnit.NANOSECONDS.toMillis(Math.max(longestNanos, System.nanoTime() - lastNanos));
  }

  /** Stops the checks. */
  void end() throws InterruptedException {
    looks.end();
  }
}
