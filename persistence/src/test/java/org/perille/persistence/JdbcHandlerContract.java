package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Delivery;
import org.perille.StorageException;
import org.perille.persistence.Databases.Database;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;

/** Effect and cursor are one transaction, on every database. */
abstract class JdbcHandlerContract {
  /** The cursor is a number here: one more than the highest finished offset. */
  private static final Advance NEXT =
      (current, finished) -> {
        long next =
            Math.max(
                current.nextOffset(),
                finished.stream().mapToLong(Long::longValue).max().orElseThrow() + 1);
        return new CursorState(next, "at " + next);
      };

  @TempDir Path directory;

  private Database database;

  abstract Database database(Path directory);

  @BeforeEach
  void createTable() throws Exception {
    database = database(directory);
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE effect (number BIGINT PRIMARY KEY)");
    }
    handler(JdbcHandlerContract::insert).prepare(database.config());
  }

  private JdbcHandler<String> handler(JdbcEffect<String> effect) {
    return JdbcHandler.of(database.application(), effect);
  }

  private static void insert(Connection connection, Delivery<String> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO effect (number) VALUES (?)")) {
      insert.setLong(1, delivery.offset());
      insert.executeUpdate();
    }
  }

  private static Delivery<String> delivery(long offset) {
    return Delivery.builder("m").subscription("s").topic("t").key("k").offset(offset).build();
  }

  private Claim<String> claim(JdbcEffect<String> effect) throws Exception {
    Claim<String> claim = handler(effect).claim("t", "s", 0);
    if (claim.stored().isEmpty()) {
      claim.change(stored -> new CursorState(0, "at 0"));
    }
    return claim;
  }

  private long effects() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM effect")) {
      count.next();
      return count.getLong(1);
    }
  }

  private String cursor() throws Exception {
    return handler(JdbcHandlerContract::insert).claim("t", "s", 0).stored().orElseThrow().encoded();
  }

  @Test
  void effects_and_cursor_are_committed_together() throws Exception {
    claim(JdbcHandlerContract::insert).process(List.of(delivery(0), delivery(1)), NEXT);
    assertThat(effects()).isEqualTo(2);
    assertThat(cursor()).isEqualTo("at 2");
  }

  @Test
  void a_failed_effect_leaves_nothing_behind_and_is_named() throws Exception {
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              insert(connection, delivery);
              if (delivery.offset() == 1) {
                throw new IllegalStateException("planned");
              }
            });
    assertThatThrownBy(() -> claim.process(List.of(delivery(0), delivery(1)), NEXT))
        .isInstanceOfSatisfying(
            EffectFailedException.class, e -> assertThat(e.offset()).isEqualTo(1))
        .hasRootCauseMessage("planned");
    assertThat(effects()).isZero();
    assertThat(cursor()).isEqualTo("at 0");
  }

  @Test
  void a_batch_and_its_cursor_are_committed_together() throws Exception {
    List<Integer> sizes = new ArrayList<>();
    Claim<String> claim = batches(sizes, JdbcHandlerContract::insertAll);
    claim.process(List.of(delivery(0), delivery(1), delivery(2)), NEXT);
    assertThat(sizes).containsExactly(3);
    assertThat(effects()).isEqualTo(3);
    assertThat(cursor()).isEqualTo("at 3");
  }

  @Test
  void a_batch_that_fails_leaves_nothing_behind() throws Exception {
    Claim<String> claim =
        batches(
            new ArrayList<>(),
            (connection, deliveries) -> {
              insertAll(connection, deliveries);
              throw new IllegalStateException("planned");
            });
    assertThatThrownBy(() -> claim.process(List.of(delivery(0), delivery(1)), NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasRootCauseMessage("planned");
    assertThat(effects()).isZero();
    assertThat(cursor()).isEqualTo("at 0");
  }

  @Test
  void a_batch_can_not_be_made_smaller_by_who_handles_it() throws Exception {
    Claim<String> claim =
        batches(new ArrayList<>(), (connection, deliveries) -> deliveries.clear());
    List<Delivery<String>> deliveries = new ArrayList<>(List.of(delivery(0), delivery(1)));
    assertThatThrownBy(() -> claim.process(deliveries, NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasCauseInstanceOf(UnsupportedOperationException.class);
    assertThat(cursor()).isEqualTo("at 0");
  }

  private Claim<String> batches(List<Integer> sizes, JdbcBatchEffect<String> effect)
      throws Exception {
    Claim<String> claim =
        JdbcHandler.<String>ofBatches(
                database.application(),
                (connection, deliveries) -> {
                  sizes.add(deliveries.size());
                  effect.apply(connection, deliveries);
                })
            .claim("t", "s", 0);
    claim.change(stored -> new CursorState(0, "at 0"));
    return claim;
  }

  private static void insertAll(Connection connection, List<Delivery<String>> deliveries)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO effect (number) VALUES (?)")) {
      for (Delivery<String> delivery : deliveries) {
        insert.setLong(1, delivery.offset());
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  @Test
  void a_later_claim_fences_an_earlier_one() throws Exception {
    Claim<String> zombie = claim(JdbcHandlerContract::insert);
    Claim<String> successor = claim(JdbcHandlerContract::insert);
    assertThat(successor.epoch()).isGreaterThan(zombie.epoch());
    successor.process(List.of(delivery(0)), NEXT);
    assertThatThrownBy(() -> zombie.process(List.of(delivery(1)), NEXT))
        .isInstanceOf(ClaimLostException.class)
        .hasMessageContaining("replaced");
    assertThat(effects()).isEqualTo(1);
    assertThat(cursor()).isEqualTo("at 1");
  }

  @Test
  void a_claim_that_is_replaced_while_its_handler_runs_commits_nothing() throws Exception {
    Claim<String> zombie =
        claim(
            (connection, delivery) -> {
              insert(connection, delivery);
              handler(JdbcHandlerContract::insert).claim("t", "s", 0);
            });
    assertThatThrownBy(() -> zombie.process(List.of(delivery(0)), NEXT))
        .isInstanceOf(ClaimLostException.class);
    assertThat(effects()).isZero();
  }

  @Test
  void a_handler_can_not_end_the_transaction() throws Exception {
    for (JdbcEffect<String> effect :
        List.<JdbcEffect<String>>of(
            (connection, delivery) -> connection.commit(),
            (connection, delivery) -> connection.rollback(),
            (connection, delivery) -> connection.close(),
            (connection, delivery) -> connection.setAutoCommit(true))) {
      Claim<String> claim = claim(effect);
      assertThatThrownBy(() -> claim.process(List.of(delivery(0)), NEXT))
          .isInstanceOf(EffectFailedException.class)
          .hasRootCauseInstanceOf(SQLException.class)
          .rootCause()
          .hasMessageContaining("Perille commits");
    }
  }

  @Test
  void nor_by_a_connection_of_its_statements_nor_by_sql() throws Exception {
    for (JdbcEffect<String> effect :
        List.<JdbcEffect<String>>of(
            (connection, delivery) -> connection.createStatement().getConnection().commit(),
            (connection, delivery) -> connection.getMetaData().getConnection().commit(),
            (connection, delivery) -> connection.createStatement().execute("COMMIT"),
            (connection, delivery) -> connection.prepareStatement("ROLLBACK").execute(),
            (connection, delivery) -> connection.createStatement().addBatch("commit"))) {
      Claim<String> claim =
          claim(
              (connection, delivery) -> {
                insert(connection, delivery);
                effect.apply(connection, delivery);
              });
      assertThatThrownBy(() -> claim.process(List.of(delivery(0)), NEXT))
          .isInstanceOf(EffectFailedException.class)
          .rootCause()
          .hasMessageContaining("Perille commits");
      assertThat(effects()).isZero();
    }
  }

  @Test
  void ddl_can_not_commit_half_an_effect() throws Exception {
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              insert(connection, delivery);
              connection.createStatement().execute("CREATE TABLE further (i INTEGER)");
              throw new IllegalStateException("planned");
            });
    assertThatThrownBy(() -> claim.process(List.of(delivery(0)), NEXT))
        .isInstanceOf(EffectFailedException.class);
    assertThat(effects()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        Connection.TRANSACTION_READ_COMMITTED,
        Connection.TRANSACTION_REPEATABLE_READ,
        Connection.TRANSACTION_SERIALIZABLE
      })
  void keys_are_handled_at_once_at_the_level_of_the_application_and_each_message_once(int isolation)
      throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Claim<String> claim =
        JdbcHandler.<String>of(
                isolated(isolation),
                (connection, delivery) -> {
                  calls.incrementAndGet();
                  assertThat(connection.getTransactionIsolation()).isEqualTo(isolation);
                  effectsOn(connection);
                  insert(connection, delivery);
                })
            .claim("t", "s", 0);
    claim.change(stored -> new CursorState(0, "at 0"));
    List<CompletableFuture<Void>> keys =
        IntStream.range(0, 8).mapToObj(key -> process(claim, key * 10L, 10)).toList();
    for (CompletableFuture<Void> key : keys) {
      key.get(120, SECONDS);
    }
    assertThat(effects()).isEqualTo(80);
    // A transaction that waits for its turn never fails for a conflict, so no call is wasted.
    assertThat(calls.get()).isGreaterThanOrEqualTo(80);
  }

  private CompletableFuture<Void> process(Claim<String> claim, long from, int messages) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            for (long offset = from; offset < from + messages; offset++) {
              claim.process(List.of(delivery(offset)), NEXT);
            }
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        task -> new Thread(task).start());
  }

  private DataSource isolated(int isolation) {
    return changed(
        connection -> {
          connection.setTransactionIsolation(isolation);
          return connection;
        });
  }

  @FunctionalInterface
  private interface FailureEvent {
    Connection apply(Connection connection) throws SQLException;
  }

  private DataSource changed(FailureEvent change) {
    return (DataSource)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConnection")
                    ? change.apply(database.application().getConnection())
                    : method.invoke(database.application(), arguments));
  }

  private static long effectsOn(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM effect")) {
      count.next();
      return count.getLong(1);
    }
  }

  @Test
  void a_conflict_with_another_transaction_is_no_failed_attempt() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              insert(connection, delivery);
              if (calls.incrementAndGet() < 5) {
                throw new IllegalStateException(new SQLException("planned", "40001"));
              }
            });
    claim.process(List.of(delivery(0)), NEXT);
    assertThat(calls).hasValue(5);
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void a_transaction_that_was_given_up_calls_its_handler_no_more_and_leaves_nothing()
      throws Exception {
    List<Long> handled = new ArrayList<>();
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              handled.add(delivery.offset());
              insert(connection, delivery);
            });
    IllegalStateException givenUp = new IllegalStateException("planned");
    Advance advance =
        new Advance() {
          @Override
          public void beforeCall() {
            if (handled.size() == 1) {
              throw givenUp;
            }
          }

          @Override
          public CursorState apply(CursorState current, List<Long> finished) {
            return NEXT.apply(current, finished);
          }
        };
    assertThatThrownBy(() -> claim.process(List.of(delivery(0), delivery(1)), advance))
        .isSameAs(givenUp);
    assertThat(handled).containsExactly(0L);
    assertThat(effects()).isZero();
  }

  @Test
  void a_transaction_that_is_repeated_says_so_to_the_handler() throws Exception {
    List<Boolean> redelivered = new ArrayList<>();
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              redelivered.add(delivery.redelivered());
              insert(connection, delivery);
              if (redelivered.size() == 1) {
                throw new IllegalStateException(new SQLException("planned", "40001"));
              }
            });
    claim.process(List.of(delivery(0)), NEXT);
    assertThat(redelivered).containsExactly(false, true);
  }

  @Test
  void a_conflict_that_does_not_end_fails_the_attempt() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              calls.incrementAndGet();
              throw new SQLException("planned", "40P01");
            });
    assertThatThrownBy(() -> claim.process(List.of(delivery(0)), NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasRootCauseMessage("planned");
    assertThat(calls).hasValue(11);
  }

  /** Counts the starts from which a deadline counts. */
  private static final class Begun implements Advance {
    private final AtomicInteger times = new AtomicInteger();

    @Override
    public void begin() {
      times.incrementAndGet();
    }

    @Override
    public CursorState apply(CursorState current, List<Long> finished) {
      return NEXT.apply(current, finished);
    }
  }

  @Test
  void a_deadline_counts_from_when_the_effect_may_begin() throws Exception {
    Begun first = new Begun();
    Begun second = new Begun();
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    Claim<String> claim =
        handler(
                (connection, delivery) -> {
                  running.countDown();
                  release.await();
                  insert(connection, delivery);
                })
            .withMaxTransactions(1)
            .claim("t", "s", 0);
    claim.change(stored -> new CursorState(0, "at 0"));
    CompletableFuture<Void> one = handled(claim, 0, first);
    running.await();
    CompletableFuture<Void> other = handled(claim, 1, second);
    assertThat(first.times).hasValue(1);
    assertThat(second.times).hasValue(0);
    release.countDown();
    one.get(60, SECONDS);
    other.get(60, SECONDS);
    assertThat(second.times).hasValue(1);
  }

  private static CompletableFuture<Void> handled(
      Claim<String> claim, long offset, Advance advance) {
    return CompletableFuture.runAsync(
        () -> {
          try {
            claim.process(List.of(delivery(offset)), advance);
          } catch (Exception e) {
            throw new CompletionException(e);
          }
        },
        task -> new Thread(task).start());
  }

  @Test
  void without_a_connection_nothing_is_called_and_no_attempt_has_begun() throws Exception {
    AtomicBoolean exhausted = new AtomicBoolean();
    AtomicInteger calls = new AtomicInteger();
    Begun begun = new Begun();
    Claim<String> claim =
        JdbcHandler.<String>of(
                changed(
                    connection -> {
                      if (exhausted.get()) {
                        connection.close();
                        throw new SQLException("the pool is exhausted");
                      }
                      return connection;
                    }),
                (connection, delivery) -> calls.incrementAndGet())
            .claim("t", "s", 0);
    claim.change(stored -> new CursorState(0, "at 0"));
    exhausted.set(true);
    assertThatThrownBy(() -> claim.process(List.of(delivery(0)), begun))
        .isInstanceOf(NotStartedException.class)
        .hasMessageContaining("the pool is exhausted")
        .hasMessageContaining("'s'");
    assertThat(calls).hasValue(0);
    assertThat(begun.times).hasValue(0);
    exhausted.set(false);
    claim.process(List.of(delivery(0)), begun);
    assertThat(calls).hasValue(1);
  }

  @Test
  void a_handler_that_swallows_an_error_is_not_committed_half() throws Exception {
    claim(JdbcHandlerContract::insert).process(List.of(delivery(0)), NEXT);
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              try {
                insert(connection, delivery(0));
              } catch (SQLException swallowed) {
                assertThat(swallowed.getSQLState()).startsWith("23");
              }
            });
    long before = effects();
    try {
      claim.process(List.of(delivery(1)), NEXT);
      // H2 lets a transaction continue after an error: then it is committed as a whole.
      assertThat(cursor()).isEqualTo("at 2");
    } catch (EffectFailedException e) {
      assertThat(cursor()).isEqualTo("at 1");
    }
    assertThat(effects()).isEqualTo(before);
  }

  @Test
  void an_error_fails_its_message_alone_and_nobody_gets_its_connection() throws Exception {
    AtomicInteger aborted = new AtomicInteger();
    DataSource dataSource = countingAborts(aborted);
    Claim<String> claim =
        JdbcHandler.<String>of(
                dataSource,
                (connection, delivery) -> {
                  insert(connection, delivery);
                  if (delivery.offset() == 0) {
                    throw new StackOverflowError("planned");
                  }
                })
            .claim("t", "s", 0);
    claim.change(stored -> new CursorState(0, "at 0"));
    assertThatThrownBy(() -> claim.process(List.of(delivery(0)), NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasCauseInstanceOf(StackOverflowError.class);
    assertThat(aborted).hasValue(1);
    claim.process(List.of(delivery(1)), NEXT);
    assertThat(effects()).isEqualTo(1);
    assertThat(aborted).hasValue(1);
    Claim<String> batch =
        batches(
            new ArrayList<>(),
            (connection, deliveries) -> {
              throw new NoClassDefFoundError("planned");
            });
    assertThatThrownBy(() -> batch.process(List.of(delivery(2)), NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasCauseInstanceOf(NoClassDefFoundError.class);
  }

  private DataSource countingAborts(AtomicInteger aborted) {
    return proxy(
        DataSource.class,
        database.application(),
        result ->
            result instanceof Connection
                ? proxy(
                    Connection.class,
                    result,
                    UnaryOperator.identity(),
                    name -> aborted.addAndGet(name.equals("abort") ? 1 : 0))
                : result,
        name -> {});
  }

  private static <T> T proxy(
      Class<T> type, Object target, UnaryOperator<Object> wrap, Consumer<String> called) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              called.accept(method.getName());
              try {
                return wrap.apply(method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void a_handler_that_interrupts_its_thread_harms_neither_its_commit_nor_the_next_one()
      throws Exception {
    Claim<String> claim =
        claim(
            (connection, delivery) -> {
              insert(connection, delivery);
              Thread.currentThread().interrupt();
            });
    claim.process(List.of(delivery(0)), NEXT);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    Claim<String> batch =
        batches(
            new ArrayList<>(),
            (connection, deliveries) -> {
              insertAll(connection, deliveries);
              Thread.currentThread().interrupt();
              throw new InterruptedException("planned");
            });
    assertThatThrownBy(() -> batch.process(List.of(delivery(1)), NEXT))
        .isInstanceOf(EffectFailedException.class)
        .hasCauseInstanceOf(InterruptedException.class);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
    assertThat(effects()).isEqualTo(1);
  }

  @Test
  void where_the_table_may_not_be_created_the_error_has_the_statement() {
    assertThatThrownBy(
            () ->
                handler(JdbcHandlerContract::insert)
                    .withCursorTable("elsewhere")
                    .prepare(
                        ConfigFactory.parseString("perille.storage.schema = validate")
                            .withFallback(database.config())))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("CREATE TABLE IF NOT EXISTS elsewhere");
  }

  @Test
  void a_long_part_of_a_cursor_is_stored_apart_and_survives_what_is_committed_after_it()
      throws Exception {
    String apart = "0123456789".repeat(100_000);
    Claim<String> claim = claim(JdbcHandlerContract::insert);
    claim.change(stored -> new CursorState(0, "at 0", apart));
    claim.process(
        List.of(delivery(0)), (current, finished) -> new CursorState(1, "at 1", current.apart()));
    Claim<String> successor = claim(JdbcHandlerContract::insert);
    assertThat(successor.stored()).contains(new CursorState(1, "at 1", apart));
    successor.change(stored -> new CursorState(1, "reset"));
    assertThat(claim(JdbcHandlerContract::insert).stored()).contains(new CursorState(1, "reset"));
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> handler(JdbcHandlerContract::insert).prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .message()
        .contains(parts);
  }

  @Test
  void cursors_of_a_snapshot_from_before_version_1_are_refused() throws Exception {
    execute("ALTER TABLE perille_cursor DROP COLUMN format_version");
    assertRefused(
        "'perille_cursor'",
        "jdbc:",
        "snapshot of Perille from before version 1",
        "Drop the table",
        "withCursorTable");
  }

  @Test
  void cursors_in_a_newer_format_are_refused() throws Exception {
    claim(JdbcHandlerContract::insert);
    handler(JdbcHandlerContract::insert).prepare(database.config());
    execute("UPDATE perille_cursor SET format_version = 2");
    assertRefused("'perille_cursor'", "format version 2", "newer version");
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
