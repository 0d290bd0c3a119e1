package org.perille.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.perille.benchmarks.contender.ModulithApplication;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;
import org.springframework.jdbc.datasource.DataSourceUtils;

/** Spring Modulith's registry of event publications. In no order. */
final class ModulithRelay implements Relay {
  private final Stand stand = Stand.start();
  private final HikariDataSource pool =
      stand.autocommittingPool(THREADS + 2 * ModulithApplication.LISTENERS);
  private final LongAdder handled = new LongAdder();
  private final ModulithApplication application;

  ModulithRelay() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      Orders.create(connection);
    }
    application = new ModulithApplication(pool, event -> handled.increment());
  }

  @Override
  public void transact(List<Parcel> parcels) {
    application.transact(
        () -> {
          Connection connection = DataSourceUtils.getConnection(pool);
          for (Parcel parcel : parcels) {
            Orders.insert(connection, parcel);
            application.publish(new ModulithApplication.Sent(0, parcel.key(), parcel.bytes()));
          }
        });
  }

  @Override
  public long handled() {
    return handled.sum();
  }

  @Override
  public long bytes() throws SQLException {
    return stand.bytesOf("event_publication");
  }

  @Override
  public void close() throws IOException {
    application.close();
    pool.close();
    stand.close();
  }

  @Override
  public String toString() {
    return "Spring Modulith";
  }
}
