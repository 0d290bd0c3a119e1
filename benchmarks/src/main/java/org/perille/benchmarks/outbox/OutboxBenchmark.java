package org.perille.benchmarks.outbox;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.benchmarks.contender.Due;
import org.perille.benchmarks.contender.Parcel;
import org.perille.benchmarks.contender.Stand;

/**
 * Measures an outbox in the application's PostgreSQL, which is also Perille's.
 *
 * <p>First the time from the call of {@code commit} until a subscription on the same node has
 * handled the message, at a rate. Then the rows of a second as fast as possible, from the first
 * insert until all are handled. At last what the outbox costs the application's own transaction,
 * beside one more insert into a table like it.
 */
public final class OutboxBenchmark {
  private static final Topic<Parcel> TOPIC =
      Topic.of("parcels", Parcel.class).keyedBy(Parcel::key).withPartitions(16);

  private static final int BYTES = 200;
  private static final int THREADS = 8;
  private static final int ROWS = 300_000;
  private static final int ROWS_OF_TRANSACTION = 100;
  private static final int TRIPLES = 3_000;
  private static final int SLOW = 99;
  private static final int USUAL = 50;

  /** The second insert of the application's transaction. */
  private enum Second {
    NONE,
    INSERT,
    OUTBOX
  }

  private final HikariDataSource pool;
  private final Outbox outbox;
  private final Perille perille;
  private final Parcel.Source source = new Parcel.Source(BYTES, 42);
  private final Histogram latency = new ConcurrentHistogram(3);
  private final LongAdder handled = new LongAdder();

  private OutboxBenchmark(Stand stand) throws SQLException {
    this.pool = stand.pool(2 * THREADS);
    try (Connection connection = pool.getConnection();
        Statement statement = connection.createStatement()) {
      for (String table : List.of("orders", "others")) {
        statement.execute(
            "CREATE TABLE %s (id BIGSERIAL PRIMARY KEY, key TEXT, parcel BYTEA)".formatted(table));
      }
      connection.commit();
    }
    this.outbox = Outbox.of(pool);
    this.perille =
        Perille.start(
            stand.perilleConfig(),
            Subscription.of("handling", TOPIC)
                .atLeastOnce(
                    delivery -> {
                      long committing = Parcel.dueNanos(delivery.payload().bytes());
                      if (committing > 0) {
                        latency.recordValue(System.nanoTime() - committing);
                      }
                      handled.increment();
                    }),
            outbox);
  }

  /**
   * Runs the benchmark.
   *
   * @param arguments the transactions of a second (1,000), and the seconds (30)
   */
  public static void main(String[] arguments) throws Exception {
    int rate = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000;
    int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 30;
    try (Stand stand = Stand.start()) {
      OutboxBenchmark benchmark = new OutboxBenchmark(stand);
      benchmark.warmUp();
      benchmark.atRate(rate, seconds);
      benchmark.atFullSpeed();
      benchmark.besideInsert();
      benchmark.perille.close();
      benchmark.pool.close();
    }
    // What Pekko leaves running is none of this benchmark.
    System.exit(0);
  }

  private void warmUp() throws Exception {
    atFullSpeed(ROWS / 2);
    for (int i = 0; i < TRIPLES; i++) {
      transact(Second.OUTBOX);
    }
    awaitHandled(ROWS / 2 + TRIPLES);
  }

  private void atRate(int rate, int seconds) throws Exception {
    latency.reset();
    long before = handled.sum();
    long count = (long) rate * seconds;
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> all = new ArrayList<>();
    long begin = System.nanoTime();
    for (int thread = 0; thread < THREADS; thread++) {
      int first = thread;
      all.add(
          threads.submit(
              () -> {
                Parcel.Source own = new Parcel.Source(BYTES, first);
                for (long i = first; i < count; i += THREADS) {
                  Due.await(begin + i * TimeUnit.SECONDS.toNanos(1) / rate);
                  commitOne(own);
                }
                return null;
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
    double took = (System.nanoTime() - begin) / 1e9;
    awaitHandled(before + count);
    threads.shutdown();
    System.out.printf(
        "%,d transactions/s (%,.0f were made): from the call of commit until handled p50 %.2f ms, p99 %.2f ms, max %.2f ms%n",
        rate,
        count / took,
        latency.getValueAtPercentile(USUAL) / 1e6,
        latency.getValueAtPercentile(SLOW) / 1e6,
        latency.getMaxValue() / 1e6);
  }

  /** Makes a transaction whose message has the time at which its commit was called, nearly. */
  private void commitOne(Parcel.Source own) throws SQLException {
    try (Connection connection = outbox.dataSource().getConnection()) {
      insert(connection, "orders", own.next(0));
      outbox.publish(connection, TOPIC, own.next(System.nanoTime()));
      connection.commit();
    }
  }

  private void atFullSpeed() throws Exception {
    System.out.printf(
        "as fast as possible, %d rows in a transaction: %,.0f rows/s until handled%n",
        ROWS_OF_TRANSACTION, atFullSpeed(ROWS));
  }

  private double atFullSpeed(int rows) throws Exception {
    long before = handled.sum();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<?>> all = new ArrayList<>();
    long begin = System.nanoTime();
    for (int thread = 0; thread < THREADS; thread++) {
      int seed = thread;
      all.add(
          threads.submit(
              () -> {
                Parcel.Source own = new Parcel.Source(BYTES, seed);
                for (int i = 0; i < rows / THREADS; i += ROWS_OF_TRANSACTION) {
                  try (Connection connection = outbox.dataSource().getConnection()) {
                    for (int row = 0; row < ROWS_OF_TRANSACTION; row++) {
                      outbox.publish(connection, TOPIC, own.next(0));
                    }
                    connection.commit();
                  }
                }
                return null;
              }));
    }
    for (Future<?> one : all) {
      one.get();
    }
    int perThread = (rows / THREADS + ROWS_OF_TRANSACTION - 1) / ROWS_OF_TRANSACTION;
    long published = (long) THREADS * perThread * ROWS_OF_TRANSACTION;
    awaitHandled(before + published);
    threads.shutdown();
    return published / ((System.nanoTime() - begin) / 1e9);
  }

  private void awaitHandled(long count) {
    while (handled.sum() < count) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  /** Alternates between transactions with one insert, two inserts, and an insert and the outbox. */
  private void besideInsert() throws SQLException {
    Map<Second, Histogram> times = new EnumMap<>(Second.class);
    for (Second second : Second.values()) {
      times.put(second, new Histogram(3));
    }
    for (int i = 0; i < TRIPLES; i++) {
      for (int turn = 0; turn < Second.values().length; turn++) {
        Second second = Second.values()[(i + turn) % Second.values().length];
        long begin = System.nanoTime();
        transact(second);
        times.get(second).recordValue(System.nanoTime() - begin);
      }
    }
    for (Second second : Second.values()) {
      System.out.printf(
          "transaction of an insert and %-6s p50 %.3f ms, mean %.3f ms%n",
          second,
          times.get(second).getValueAtPercentile(USUAL) / 1e6,
          times.get(second).getMean() / 1e6);
    }
  }

  private void transact(Second second) throws SQLException {
    try (Connection connection = outbox.dataSource().getConnection()) {
      insert(connection, "orders", source.next(0));
      if (second == Second.INSERT) {
        insert(connection, "others", source.next(0));
      } else if (second == Second.OUTBOX) {
        outbox.publish(connection, TOPIC, source.next(0));
      }
      connection.commit();
    }
  }

  private static void insert(Connection connection, String table, Parcel parcel)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + table + " (key, parcel) VALUES (?, ?)")) {
      insert.setString(1, parcel.key());
      insert.setBytes(2, parcel.bytes());
      insert.executeUpdate();
    }
  }
}
