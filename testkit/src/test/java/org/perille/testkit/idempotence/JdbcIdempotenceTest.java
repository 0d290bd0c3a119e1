package org.perille.testkit.idempotence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.Subscription;
import org.perille.persistence.JdbcEffect;
import org.perille.persistence.JdbcHandler;

class JdbcIdempotenceTest {
  private static final String INSERT = "INSERT INTO paid (id, amount) VALUES (?, ?)";

  @Test
  void a_handler_that_only_uses_the_delivery_s_connection_is_effectively_once() {
    IdempotenceReport report =
        check(
                database ->
                    (connection, delivery) -> {
                      balance(connection, delivery.payload());
                      insert(connection, delivery.payload().id(), delivery.payload().amount());
                    })
            .effect(
                world -> world.tables().query("SELECT customer, amount FROM balance ORDER BY 1"))
            .assertEffectivelyOnce();
    assertThat(report.crashPoints()).isGreaterThan(150);
    assertThat(report.toString())
        .startsWith("Idempotence of subscription 'payment' of topic 'payments' with 3 messages: ")
        .endsWith("effectively-once: the effect was the same in all runs");
    assertThat(report.time()).isLessThan(Duration.ofMinutes(1));
  }

  @Test
  void a_worker_that_was_replaced_may_fail_with_what_its_successor_has_done() {
    check(
            database ->
                (connection, delivery) ->
                    insert(connection, delivery.payload().id(), delivery.payload().amount()))
        .prepare(
            world ->
                world
                    .tables()
                    .execute("CREATE TABLE paid (id VARCHAR(50) PRIMARY KEY, amount INT)"))
        .assertEffectivelyOnce();
  }

  @Test
  void a_handler_that_passes_also_does_on_a_real_node_that_crashes() {
    check(
            database ->
                (connection, delivery) ->
                    insert(connection, delivery.payload().id(), delivery.payload().amount()))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  @Test
  void an_effect_that_happens_twice_does_so_on_a_real_node() {
    IdempotenceReport report =
        check(
                database ->
                    (connection, delivery) -> {
                      try (Connection own = database.getConnection()) {
                        insert(own, delivery.payload().id(), delivery.payload().amount());
                      }
                    })
            .endToEnd()
            .run();
    assertThat(report.findings().get(0).where()).startsWith("end to end, on a node that crashed");
    assertThat(report.findings().get(0).differences()).containsExactly("[p-1, 5] is there 3 times");
  }

  @Test
  void an_effect_on_a_connection_of_its_own_is_found() {
    assertFound(
        database ->
            (connection, delivery) -> {
              try (Connection own = database.getConnection()) {
                insert(own, delivery.payload().id(), delivery.payload().amount());
              }
            },
        "crash after call 8 of message 1, Payment[id=p-1, customer=anna, amount=5], PreparedStatement.executeUpdate of '"
            + INSERT
            + "', on a connection of its own, then redelivered:",
        "[p-1, 5] is there twice",
        "because the statement '"
            + INSERT
            + "' ran on a connection of its own, not on that of the delivery");
  }

  @Test
  void a_commit_in_the_handler_is_refused_before_anything_crashes() {
    assertFailing(
        database ->
            (connection, delivery) -> {
              insert(connection, delivery.payload().id(), delivery.payload().amount());
              connection.commit();
            },
        "without any crash:",
        "commit() must not be called by a handler");
  }

  @Test
  void autocommit_in_the_handler_is_refused_before_anything_crashes() {
    assertFailing(
        database ->
            (connection, delivery) -> {
              connection.setAutoCommit(true);
              insert(connection, delivery.payload().id(), delivery.payload().amount());
            },
        "without any crash:",
        "setAutoCommit() must not be called by a handler");
  }

  @Test
  void a_commit_behind_the_runtime_s_back_is_refused_before_anything_crashes() {
    assertFailing(
        database ->
            (connection, delivery) -> {
              insert(connection, delivery.payload().id(), delivery.payload().amount());
              try (Statement statement = connection.createStatement()) {
                statement.execute("COMMIT");
              }
            },
        "without any crash:",
        "'COMMIT' would end the transaction");
  }

  @Test
  void a_statement_that_commits_by_itself_is_refused_before_anything_crashes() {
    assertFailing(
        database ->
            (connection, delivery) -> {
              insert(connection, delivery.payload().id(), delivery.payload().amount());
              try (Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE IF NOT EXISTS audit (id INT)");
              }
            },
        "without any crash:",
        "'CREATE' would end the transaction");
  }

  @Test
  void a_handler_that_remembers_in_memory_what_it_has_done_is_found() {
    assertFound(
        database -> {
          Set<String> seen = ConcurrentHashMap.newKeySet();
          return (connection, delivery) -> {
            if (seen.add(delivery.deliveryId())) {
              insert(connection, delivery.payload().id(), delivery.payload().amount());
            }
          };
        },
        "failure of call",
        "[p-1, 5] is missing",
        "because its transaction was rolled back, and for the repeated message the handler did not do all of it again: it stores in memory");
  }

  @Test
  void a_handler_that_remembers_in_a_static_field_is_found() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    assertFound(
        database ->
            (connection, delivery) -> {
              if (seen.add(delivery.deliveryId())) {
                insert(connection, delivery.payload().id(), delivery.payload().amount());
              }
            },
        "without any crash, in a second run:",
        "[p-1, 5] is missing",
        "because the handler has state of an earlier run, perhaps in a static field");
  }

  @Test
  void a_dedup_record_on_a_connection_of_its_own_is_found() {
    assertFound(
        database ->
            (connection, delivery) -> {
              try (Connection own = database.getConnection();
                  PreparedStatement note =
                      own.prepareStatement(
                          "INSERT INTO seen SELECT ? WHERE NOT EXISTS (SELECT 1 FROM seen WHERE id = ?)")) {
                note.setString(1, delivery.deliveryId());
                note.setString(2, delivery.deliveryId());
                if (note.executeUpdate() == 0) {
                  return;
                }
              }
              insert(connection, delivery.payload().id(), delivery.payload().amount());
            },
        "[p-1, 5] is missing",
        "ran on a connection of its own, not on that of the delivery");
  }

  @Test
  void a_random_id_in_the_effect_is_found() {
    assertFound(
        database ->
            (connection, delivery) ->
                insert(connection, UUID.randomUUID().toString(), delivery.payload().amount()),
        "without any crash, in a second run:",
        "because the effect depends on something else than the messages, such as a random id, the time");
  }

  @Test
  void a_handler_that_hides_an_error_of_the_database_is_found() {
    assertFound(
        database ->
            (connection, delivery) -> {
              try {
                insert(connection, delivery.payload().id(), delivery.payload().amount());
              } catch (SQLException e) {
                // The planted mistake.
              }
            },
        "[p-1, 5] is missing",
        "it hides an SQLException");
  }

  @Test
  void a_handler_that_cannot_run_is_said_to_fail_and_why() {
    assertFailing(
            database ->
                (connection, delivery) -> {
                  throw new IllegalStateException("no rate", new IOException("no rates.csv"));
                },
            "NOT checked: the handler fails without any fault injected",
            "without any crash:",
            "the handler fails with message 1, 5 times in a row: java.lang.IllegalStateException: no rate",
            "at org.perille.testkit.idempotence.JdbcIdempotenceTest.",
            "Caused by: java.io.IOException: no rates.csv")
        .hasRootCauseMessage("no rates.csv");
  }

  @Test
  void a_handler_whose_table_is_missing_fails_though_its_effect_cannot_be_read() {
    assertThatThrownBy(
            () ->
                check(database -> (connection, delivery) -> insert(connection, "id", 1))
                    .prepare(world -> {})
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll("the handler fails without any fault injected", "\"PAID\"");
  }

  @Test
  void a_handler_that_fails_in_a_second_run_is_said_to_fail() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    assertFailing(
        database ->
            (connection, delivery) -> {
              if (!seen.add(delivery.deliveryId())) {
                throw new IllegalStateException("seen before");
              }
              insert(connection, delivery.payload().id(), delivery.payload().amount());
            },
        "without any crash, in a second run:",
        "java.lang.IllegalStateException: seen before");
  }

  @Test
  void a_database_that_gives_no_connection_is_a_handler_that_fails() {
    assertFailing(
        database -> breaking(database, connections -> true),
        JdbcIdempotenceTest::insertPayment,
        "java.sql.SQLException: no connection",
        "at org.perille.testkit.idempotence.JdbcIdempotenceTest.");
    // The first connections prepare and claim.
    assertFailing(
        database -> breaking(database, connections -> connections > 5),
        JdbcIdempotenceTest::insertPayment,
        "5 times in a row: ",
        "returns no connection: no connection",
        "Caused by: java.sql.SQLException: no connection");
  }

  @Test
  void a_database_that_stays_broken_after_a_fault_is_no_memory() {
    assertThatThrownBy(
            () ->
                check(
                        JdbcIdempotenceTest::brokenByItsFirstFailure,
                        JdbcIdempotenceTest::insertPayment)
                    .assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "NOT effectively-once",
            "failure of call 1 of message 1, Payment[id=p-1, customer=anna, amount=5], DataSource.getConnection, then retried:",
            "[p-1, 5] is missing",
            "because the handler still fails after the fault is over",
            "Caused by: java.sql.SQLException: the pool is closed")
        .hasMessageNotContaining("stores in memory");
  }

  @Test
  void a_check_that_would_show_nothing_is_refused() {
    JdbcEffect<Payment> nothing = (connection, delivery) -> {};
    assertThatThrownBy(() -> check(database -> nothing).run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("with the messages and without them");
    assertThatThrownBy(
            () -> IdempotenceCheck.of(world -> payment(world.dataSource(), nothing)).run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has no messages");
    assertThatThrownBy(
            () ->
                IdempotenceCheck.of(world -> payment(world.dataSource(), nothing))
                    .messages(Payment.THREE)
                    .run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("pass a function that reads it to effect(…)");
    assertThatThrownBy(
            () ->
                IdempotenceCheck.of(
                        world -> Subscription.of("s", Payment.TOPIC).atMostOnce(delivery -> {}))
                    .messages(Payment.THREE)
                    .run())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is AT_MOST_ONCE");
  }

  private static void assertFound(
      Function<DataSource, JdbcEffect<Payment>> effect, String... words) {
    assertThatThrownBy(() -> check(effect).assertEffectivelyOnce())
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NOT effectively-once")
        .hasMessageContainingAll(words);
  }

  private static AbstractThrowableAssert<?, ?> assertFailing(
      Function<DataSource, JdbcEffect<Payment>> effect, String... words) {
    return assertFailing(check(effect), words);
  }

  private static AbstractThrowableAssert<?, ?> assertFailing(
      UnaryOperator<DataSource> database, JdbcEffect<Payment> effect, String... words) {
    return assertFailing(check(database, effect), words);
  }

  private static AbstractThrowableAssert<?, ?> assertFailing(
      IdempotenceCheck<Payment> check, String... words) {
    return assertThatThrownBy(check::assertEffectivelyOnce)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("NOT checked: the handler fails without any fault injected")
        .hasMessageNotContaining("NOT effectively-once")
        .hasMessageContainingAll(words);
  }

  private static IdempotenceCheck<Payment> check(
      UnaryOperator<DataSource> database, JdbcEffect<Payment> effect) {
    return checkOf(world -> payment(database.apply(world.dataSource()), effect));
  }

  private static IdempotenceCheck<Payment> check(Function<DataSource, JdbcEffect<Payment>> effect) {
    return checkOf(world -> payment(world.dataSource(), effect.apply(world.dataSource())));
  }

  private static IdempotenceCheck<Payment> checkOf(
      Function<World, Subscription<Payment>> subscription) {
    return IdempotenceCheck.of(subscription)
        .prepare(
            world ->
                world
                    .tables()
                    .execute(
                        "CREATE TABLE paid (id VARCHAR(50), amount INT)",
                        "CREATE TABLE seen (id VARCHAR(50))",
                        "CREATE TABLE balance (customer VARCHAR(50), amount INT)"))
        .effect(world -> world.tables().query("SELECT id, amount FROM paid"))
        .messages(Payment.THREE);
  }

  private static Subscription<Payment> payment(DataSource database, JdbcEffect<Payment> effect) {
    return Subscription.of("payment", Payment.TOPIC)
        .effectivelyOnce(JdbcHandler.of(database, effect));
  }

  private static void insertPayment(Connection connection, Delivery<Payment> delivery)
      throws SQLException {
    insert(connection, delivery.payload().id(), delivery.payload().amount());
  }

  /** Returns a pool that fails for some requests, by the number of requests so far. */
  private static DataSource breaking(DataSource database, IntPredicate isBroken) {
    AtomicInteger connections = new AtomicInteger();
    return pool(
        database,
        real -> {
          if (isBroken.test(connections.incrementAndGet())) {
            throw new SQLException("no connection");
          }
          return real.getConnection();
        });
  }

  private static DataSource brokenByItsFirstFailure(DataSource database) {
    AtomicBoolean broken = new AtomicBoolean();
    return pool(
        database,
        real -> {
          if (broken.get()) {
            throw new SQLException("the pool is closed");
          }
          try {
            return real.getConnection();
          } catch (SQLException e) {
            broken.set(true);
            throw e;
          }
        });
  }

  private interface Connecting {
    Connection connect(DataSource real) throws SQLException;
  }

  private static DataSource pool(DataSource real, Connecting connecting) {
    return (DataSource)
        Proxy.newProxyInstance(
            JdbcIdempotenceTest.class.getClassLoader(),
            new Class<?>[] {DataSource.class},
            (proxy, method, arguments) ->
                method.getName().equals("getConnection")
                    ? connecting.connect(real)
                    : method.invoke(real, arguments));
  }

  private static void insert(Connection connection, String id, int amount) throws SQLException {
    try (PreparedStatement insert = connection.prepareStatement(INSERT)) {
      insert.setString(1, id);
      insert.setInt(2, amount);
      insert.executeUpdate();
    }
  }

  /** Reads, and writes a result that depends on it. */
  private static void balance(Connection connection, Payment payment) throws SQLException {
    boolean known;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT amount FROM balance WHERE customer = ?")) {
      select.setString(1, payment.customer());
      try (ResultSet row = select.executeQuery()) {
        known = row.next();
      }
    }
    try (PreparedStatement save =
        connection.prepareStatement(
            known
                ? "UPDATE balance SET amount = amount + ? WHERE customer = ?"
                : "INSERT INTO balance (amount, customer) VALUES (?, ?)")) {
      save.setInt(1, payment.amount());
      save.setString(2, payment.customer());
      save.executeUpdate();
    }
  }
}
