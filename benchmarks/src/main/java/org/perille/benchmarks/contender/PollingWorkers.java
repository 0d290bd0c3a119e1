package org.perille.benchmarks.contender;

import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Threads that poll a table, with a pause when they find nothing. */
public final class PollingWorkers implements AutoCloseable {
  /** The threads. */
  public static final int WORKERS = 4;

  private static final long POLL_MILLIS = 5;

  /** One look at the table. */
  @FunctionalInterface
  public interface Poll {
    /** Returns whether there was something to do. */
    boolean once() throws SQLException;
  }

  private final ExecutorService threads = Executors.newFixedThreadPool(WORKERS);
  private volatile boolean closed;

  /** Starts to poll. */
  public void start(Poll poll) {
    for (int i = 0; i < WORKERS; i++) {
      threads.execute(() -> repeat(poll));
    }
  }

  private void repeat(Poll poll) {
    try {
      while (!closed) {
        if (!poll.once()) {
          TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
      }
    } catch (SQLException e) {
      if (!closed) {
        throw new IllegalStateException("a worker has failed", e);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    threads.shutdownNow();
  }
}
