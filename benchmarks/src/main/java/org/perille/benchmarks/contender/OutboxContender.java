package org.perille.benchmarks.contender;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.LongConsumer;
import javax.sql.DataSource;

/**
 * An outbox table as applications write it by hand.
 *
 * <p>Each parcel is inserted into the table in the sender's transaction. Workers poll the table
 * with {@code FOR UPDATE SKIP LOCKED} and call the handler. In the handler's transaction they
 * delete the rows that are done, and insert into a table of processed messages that rejects
 * repetitions.
 *
 * <p>It preserves no order, not even of a key.
 */
final class OutboxContender implements Contender {
  static final Set<Job> JOBS =
      Collections.unmodifiableSet(EnumSet.of(Job.PUBLISH, Job.HANDLE, Job.JDBC_EFFECT));

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(Senders.THREADS + PollingWorkers.WORKERS);
  private final Senders senders = new Senders();
  private final PollingWorkers workers = new PollingWorkers();
  private Job job;
  private LongConsumer done;
  private EffectTable effects;
  private DataSource connections = pool;

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    this.job = work.job();
    this.done = done;
    this.effects = new EffectTable(done);
    try (Connection connection = pool.getConnection()) {
      OutboxRows.create(connection);
      Processed.create(connection);
      connection.commit();
    }
    if (job == Job.JDBC_EFFECT) {
      effects.create(pool);
      connections = effects.telling(pool);
    }
    if (job != Job.PUBLISH) {
      workers.start(this::handleSome);
    }
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    return senders.send(() -> insert(parcel));
  }

  private void insert(Parcel parcel) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      OutboxRows.insert(connection, parcel);
      connection.commit();
    }
  }

  private boolean handleSome() throws SQLException {
    try (Connection connection = connections.getConnection()) {
      List<OutboxRows.Row> rows = OutboxRows.take(connection);
      if (rows.isEmpty()) {
        connection.rollback();
        return false;
      }
      if (job == Job.JDBC_EFFECT) {
        Processed.insert(connection, rows.stream().map(OutboxRows.Row::id).toList());
        for (OutboxRows.Row row : rows) {
          effects.insert(connection, row.parcel());
        }
      }
      OutboxRows.delete(connection, rows);
      connection.commit();
      if (job == Job.HANDLE) {
        rows.forEach(row -> done.accept(Parcel.dueNanos(row.parcel().bytes())));
      }
      return true;
    }
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  @Override
  public void close() throws IOException {
    senders.close();
    workers.close();
    pool.close();
    stand.close();
  }
}
