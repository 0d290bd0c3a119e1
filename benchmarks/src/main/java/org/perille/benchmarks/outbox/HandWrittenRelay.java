package org.perille.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.perille.benchmarks.contender.OutboxRows;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.PollingWorkers;
import org.perille.benchmarks.contender.Stand;

/** An outbox as applications write it by hand. Its workers call the handler. In no order. */
final class HandWrittenRelay implements Relay {

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(THREADS + PollingWorkers.WORKERS);
  private final PollingWorkers workers = new PollingWorkers();
  private final LongAdder handled = new LongAdder();

  HandWrittenRelay() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      Orders.create(connection);
      OutboxRows.create(connection);
      connection.commit();
    }
    workers.start(this::relaySome);
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
    workers.close();
    pool.close();
    stand.close();
  }

  @Override
  public String toString() {
    return "outbox by hand";
  }
}
