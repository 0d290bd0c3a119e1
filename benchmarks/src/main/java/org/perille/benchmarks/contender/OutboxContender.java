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
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
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

  private static final int WORKERS = 4;
  private static final long POLL_MILLIS = 5;

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.pool(Senders.THREADS + WORKERS);
  private final Senders senders = new Senders();
  private final ExecutorService workers = Executors.newFixedThreadPool(WORKERS);
  private Job job;
  private LongConsumer done;
  private EffectTable effects;
  private DataSource connections = pool;
  private volatile boolean closed;

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
      for (int i = 0; i < WORKERS; i++) {
        workers.execute(this::work);
      }
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

  private void work() {
    try {
      while (!closed) {
        if (!handleSome()) {
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
    closed = true;
    senders.close();
    workers.shutdownNow();
    pool.close();
    stand.close();
  }
}
