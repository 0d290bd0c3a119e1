package org.perille.proof.cluster;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.perille.proof.workload.EffectTable;
import org.perille.proof.workload.Workload;

/**
 * A check of the messages that are handled, by their effects in the database.
 *
 * <p>It shows how long the longest pause of any partition was.
 *
 * <p><b>Threading</b>: any thread. One thread reads the database.
 */
final class HandlingWatch {
  private final Database database;
  private final Repeated looks = new Repeated("handling watch", this::look);

  /** The time of the last effect of each partition. */
  private final long[] lastNanos = new long[Workload.LOAD.partitions()];

  private final long[] longestNanos = new long[lastNanos.length];

  /** The last effect that was read. Used by the thread alone. */
  private long read = -1;

  private HandlingWatch(Database database) {
    this.database = database;
  }

  /** Starts to watch. */
  static HandlingWatch begin(Database database) {
    HandlingWatch watch = new HandlingWatch(database);
    watch.restart();
    watch.looks.begin();
    return watch;
  }

  private void look() {
    try (Connection connection = database.connect()) {
      if (read < 0) {
        read = EffectTable.last(connection);
      }
      try (PreparedStatement select = connection.prepareStatement(EffectTable.READ_NEWER)) {
        select.setLong(1, read);
        select.setString(2, Workload.LOAD.name());
        try (ResultSet row = select.executeQuery()) {
          while (row.next()) {
            read = Math.max(read, row.getLong(2));
            handled(row.getInt(1));
          }
        }
      }
    } catch (SQLException e) {
      // Counts as a time without effects.
    }
  }

  private synchronized void handled(int partition) {
    long now = System.nanoTime();
    longestNanos[partition] = Math.max(longestNanos[partition], now - lastNanos[partition]);
    lastNanos[partition] = now;
    notifyAll();
  }

  /** Starts the measurement of pauses anew. */
  synchronized void restart() {
    Arrays.fill(lastNanos, System.nanoTime());
    Arrays.fill(longestNanos, 0);
  }

  /**
   * Waits until every partition has handled a message from now on.
   *
   * @return false at the time-out
   */
  synchronized boolean awaitEverywhere(Duration timeout) throws InterruptedException {
    long began = System.nanoTime();
    long left = timeout.toMillis();
    while (left > 0) {
      if (Arrays.stream(lastNanos).allMatch(last -> last - began > 0)) {
        return true;
      }
      wait(left);
      left = timeout.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }
    return false;
  }

  /** Returns the longest time without an effect of some partition, until now. */
  synchronized Duration longestPause() {
    long now = System.nanoTime();
    long longest = Arrays.stream(longestNanos).max().orElse(0);
    return Duration.ofNanos(
        Math.max(longest, Arrays.stream(lastNanos).map(last -> now - last).max().orElse(0)));
  }

  /** Stops the checks. */
  void end() throws InterruptedException {
    looks.end();
  }
}
