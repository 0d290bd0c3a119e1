package org.perille.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.perille.benchmarks.contender.OutboxRows;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/** An outbox as applications write it by hand. Its workers call the handler. In no order. */
final class HandWrittenRelay implements Relay {
  private static final int WORKERS = 4;
  private static final long POLL_MILLIS = 5;

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(THREADS + WORKERS);
  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private final LongAdder handled = new LongAdder();
  private volatile boolean closed;

  HandWrittenRelay() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      Orders.create(connection);
      OutboxRows.create(connection);
      connection.commit();
    }
    for (int i = 0; i < WORKERS; i++) {
      workers.execute(this::work);
    }
  }

  @Override
  public void transact(List<Parcel> parcels) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      for (Parcel parcel : parcels) {
        Orders.insert(connection, parcel);
        OutboxRows.insert(connection, parcel);
      }
      connection.commit();
    }
  }

  private void work() {
    try {
      while (!closed) {
        if (!relaySome()) {
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

  private boolean relaySome() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      List<OutboxRows.Row> rows = OutboxRows.take(connection);
      if (rows.isEmpty()) {
        connection.rollback();
        return false;
      }
      OutboxRows.delete(connection, rows);
      connection.commit();
      handled.add(rows.size());
      return true;
    }
  }

  @Override
  public long handled() {
    return handled.sum();
  }

  @Override
  public long bytes() throws SQLException {
    return stand.bytesOf("outbox");
  }

  @Override
  public void close() throws IOException {
    closed = true;
    workers.shutdownNow();
    pool.close();
    stand.close();
  }

  @Override
  public String toString() {
    return "outbox by hand";
  }
}
