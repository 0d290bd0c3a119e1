package org.perille.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/** Perille's outbox, on the database of Perille itself. In order of each key. */
final class PerilleRelay implements Relay {
  private static final Topic<Parcel> TOPIC =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(2 * THREADS);
  private final Outbox outbox = Outbox.of(pool);
  private final LongAdder handled = new LongAdder();
  private final Perille perille;

  PerilleRelay() throws SQLException {
    try (Connection connection = pool.getConnection()) {
      Orders.create(connection);
      connection.commit();
    }
    perille =
        Perille.start(
            stand.perilleConfig(),
            Subscription.of("handling", TOPIC).atLeastOnce(delivery -> handled.increment()),
            outbox);
  }

  @Override
  public void transact(List<Parcel> parcels) throws SQLException {
    try (Connection connection = outbox.dataSource().getConnection()) {
      for (Parcel parcel : parcels) {
        Orders.insert(connection, parcel);
        outbox.publish(connection, TOPIC, parcel);
      }
      connection.commit();
    }
  }

  @Override
  public long handled() {
    return handled.sum();
  }

  @Override
  public long bytes() throws SQLException {
    return stand.bytesOf("perille_outbox");
  }

  @Override
  public void close() throws IOException {
    perille.close();
    pool.close();
    stand.close();
  }

  @Override
  public String toString() {
    return "Perille's outbox";
  }
}
