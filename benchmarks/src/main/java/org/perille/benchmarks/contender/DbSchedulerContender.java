package org.perille.benchmarks.contender;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.serializer.Serializer;
import com.github.kagkarlsson.scheduler.task.helper.OneTimeTask;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import javax.sql.DataSource;

/**
 * db-scheduler: each parcel is a one-time task.
 *
 * <p>It polls with {@code lock-and-fetch}, with the number of threads and the limits that its own
 * benchmark recommends for one PostgreSQL, and every {@value #POLL_MILLIS} ms. Data of tasks are
 * bytes, which need no serialization.
 *
 * <p>The scheduler deletes a task after the handler's transaction. So the handler also inserts into
 * a table of processed messages. It preserves no order, not even of a key.
 */
final class DbSchedulerContender implements Contender {
  static final Set<Job> JOBS = Set.copyOf(EnumSet.of(Job.JDBC_EFFECT));

  private static final int THREADS = 20;
  private static final double FETCH_BELOW = 4;
  private static final double FETCH_UP_TO = 20;
  private static final long POLL_MILLIS = 10;

  /** The table of db-scheduler's documentation, without the index for priorities. */
  private static final List<String> TABLES =
      List.of(
          """
          CREATE TABLE scheduled_tasks (
            task_name TEXT NOT NULL,
            task_instance TEXT NOT NULL,
            task_data BYTEA,
            execution_time TIMESTAMP WITH TIME ZONE NOT NULL,
            picked BOOLEAN NOT NULL,
            picked_by TEXT,
            last_success TIMESTAMP WITH TIME ZONE,
            last_failure TIMESTAMP WITH TIME ZONE,
            consecutive_failures INT,
            last_heartbeat TIMESTAMP WITH TIME ZONE,
            version BIGINT NOT NULL,
            priority SMALLINT,
            PRIMARY KEY (task_name, task_instance)
          )
          """,
          "CREATE INDEX execution_time_idx ON scheduled_tasks (execution_time)",
          "CREATE INDEX last_heartbeat_idx ON scheduled_tasks (last_heartbeat)");

  private final Stand stand = Stand.start();
  private final HikariDataSource pool = stand.autocommittingPool(Senders.THREADS + THREADS + 5);
  private final Senders senders = new Senders();
  private final AtomicLong lastId = new AtomicLong();
  private EffectTable effects;
  private DataSource connections;
  private OneTimeTask<byte[]> task;
  private Scheduler scheduler;

  @Override
  public void begin(Work work, LongConsumer done) throws SQLException {
    effects = new EffectTable(done);
    effects.create(pool);
    connections = effects.telling(pool);
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute(table);
      }
      Processed.create(connection);
    }
    task =
        Tasks.oneTime("parcel", byte[].class)
            .execute(
                (instance, context) ->
                    handle(Long.parseLong(instance.getId()), instance.getData()));
    scheduler =
        Scheduler.create(pool, task)
            .threads(THREADS)
            .pollUsingLockAndFetch(FETCH_BELOW, FETCH_UP_TO)
            .pollingInterval(Duration.ofMillis(POLL_MILLIS))
            .serializer(new Bytes())
            .build();
    scheduler.start();
  }

  private void handle(long id, byte[] data) {
    try (Connection connection = connections.getConnection()) {
      connection.setAutoCommit(false);
      Processed.insert(connection, List.of(id));
      effects.insert(connection, Envelope.open(data));
      connection.commit();
    } catch (SQLException e) {
      throw new IllegalStateException("the effect of task " + id + " can't be stored", e);
    }
  }

  @Override
  public CompletionStage<?> send(Parcel parcel) {
    return senders.send(
        () ->
            scheduler.schedule(
                task.instance(Long.toString(lastId.incrementAndGet()), Envelope.of(parcel)),
                Instant.now()));
  }

  @Override
  public void verify(long parcels) throws SQLException {
    effects.requireRows(pool, parcels);
  }

  /** Passes bytes through. */
  private static final class Bytes implements Serializer {
    @Override
    public byte[] serialize(Object data) {
      return (byte[]) data;
    }

    @Override
    public <T> T deserialize(Class<T> type, byte[] serialized) {
      return type.cast(serialized);
    }
  }

  @Override
  public void close() throws IOException {
    senders.close();
    if (scheduler != null) {
      scheduler.stop();
    }
    pool.close();
    stand.close();
  }
}
