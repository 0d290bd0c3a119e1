package org.perille.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.DataSourceUtils;

/**
 * Spring Modulith: each parcel is an event of the application, in the registry of event
 * publications by JDBC.
 *
 * <p>The publication is completed after the listener's transaction. So the listener also inserts
 * into a table of processed messages. It preserves no order of a key. Only a restart, or a call by
 * the application, repeats what has failed.
 */
final class ModulithContender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.JDBC_EFFECT));

  private final Stand stand = Stand.start();
  private final HikariDataSource pool =
      stand.autocommittingPool(Senders.THREADS + 2 * ModulithApplication.LISTENERS);
  private final Senders senders = new Senders();
  private final AtomicLong lastId = new AtomicLong();
  private EffectTable effects;
  private ModulithApplication application;

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    try (Connection connection = pool.getConnection()) {
      Processed.create(connection);
    }
    DataSource telling = effects.telling(pool);
    application =
        new ModulithApplication(
            telling,
            event -> {
              Connection connection = DataSourceUtils.getConnection(telling);
              Processed.insert(connection, List.of(event.id()));
              effects.insert(connection, new Parcel(event.key(), event.bytes()));
            });
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    ModulithApplication.Sent event =
        new ModulithApplication.Sent(lastId.incrementAndGet(), parcel.key(), parcel.bytes());
    return senders.send(() -> application.transact(() -> application.publish(event)));
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  @Override
  public void close() throws IOException {
    senders.close();
    if (application != null) {
      application.close();
    }
    pool.close();
    stand.close();
  }
}
