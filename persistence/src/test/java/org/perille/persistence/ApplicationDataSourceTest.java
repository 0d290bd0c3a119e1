package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.ConfigurationException;
import org.perille.MessageId;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.StorageException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Goal: a node lives on the application's own pool, and leaves it as it was. */
class ApplicationDataSourceTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  /** Settings that the application has chosen for its sessions, none of which is Perille's. */
  private static final List<String> OWN_SETTINGS =
      List.of(
          "lock_timeout = '7s'",
          "statement_timeout = '61s'",
          "default_transaction_isolation = 'repeatable read'",
          "synchronous_commit = 'on'");

  /** The number that Perille needs, as the documentation says: 6 and 3 more. */
  private static final int CONNECTIONS = 9;

  private final Database database = Databases.durablePostgresql();

  /** The settings without an address: all connections must come from the pool. */
  private final Config config =
      ConfigFactory.parseString(
              "perille.storage.postgresql { url = \"jdbc:postgresql://localhost:1/none\" }")
          .withFallback(database.config());

  private HikariDataSource pool(DataSource source, int size) {
    HikariDataSource pool = new HikariDataSource();
    pool.setDataSource(source);
    pool.setMaximumPoolSize(size);
    pool.setConnectionTimeout(1_000);
    return pool;
  }

  private static NodeOptions with(DataSource pool) {
    return NodeOptions.none().withDataSource(pool);
  }

  @Test
  void a_node_stores_and_handles_on_the_application_s_pool_and_restores_what_it_borrowed()
      throws Exception {
    execute("CREATE TABLE ledger (number INTEGER PRIMARY KEY, customer VARCHAR(20))");
    try (HikariDataSource pool = pool(database.application(), CONNECTIONS);
        HikariDataSource effects = pool(database.application(), CONNECTIONS)) {
      pool.setAutoCommit(false);
      pool.setConnectionInitSql("SET " + String.join("; SET ", OWN_SETTINGS));
      Subscription<Order> payment =
          Subscription.of("payment", ORDERS)
              .effectivelyOnce(
                  JdbcHandler.of(
                      effects,
                      (connection, delivery) -> {
                        try (Statement insert = connection.createStatement()) {
                          insert.execute(
                              "INSERT INTO ledger VALUES ("
                                  + delivery.payload().number()
                                  + ", '')");
                        }
                      }));
      for (int start = 0; start < 2; start++) {
        try (Perille perille = Perille.start(config, payment, with(pool))) {
          Receipt last = null;
          for (int number = 0; number < 50; number++) {
            last = publish(perille, number);
          }
          get(perille.subscription(payment).awaitHandled(last));
          assertThat(last.duplicate()).isEqualTo(start == 1);
          assertThat(sessionsOfPerillesOwn()).isZero();
        }
        assertThat(pool.isClosed()).isFalse();
        assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
      }
      assertThat(number("SELECT COUNT(*) FROM ledger")).isEqualTo(50);
      assertThat(settingsOfAll(pool)).containsOnly(List.of("7s", "61s", "repeatable read", "on"));
    }
  }

  private static Receipt publish(Perille perille, int number) throws Exception {
    return get(
        perille
            .publisher(ORDERS)
            .publish(new Order("c" + number % 7, number), MessageId.of("id-" + number)));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, SECONDS);
  }

  /** Returns the distinct settings of all sessions that are in the pool, and checks their modes. */
  private static List<List<String>> settingsOfAll(HikariDataSource pool) throws SQLException {
    List<Connection> all = new ArrayList<>();
    List<List<String>> settings = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Connection connection = pool.getConnection();
        all.add(connection);
        assertThat(connection.getAutoCommit()).isFalse();
        assertThat(connection.getNetworkTimeout()).isZero();
        List<String> values = new ArrayList<>();
        for (String name :
            List.of(
                "lock_timeout",
                "statement_timeout",
                "default_transaction_isolation",
                "synchronous_commit")) {
          try (Statement statement = connection.createStatement();
              ResultSet row = statement.executeQuery("SHOW " + name)) {
            row.next();
            values.add(row.getString(1));
          }
        }
        settings.add(values);
      }
    } finally {
      for (Connection connection : all) {
        connection.close();
      }
    }
    return settings;
  }

  private int sessionsOfPerillesOwn() throws SQLException {
    return number(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND"
            + " application_name = 'perille'");
  }

  private int number(String query) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      row.next();
      return row.getInt(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void assertRefused(Config given, DataSource pool, String... words) {
    assertThatThrownBy(() -> Perille.start(given, ORDERS, with(pool)).close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void a_pool_that_is_too_small_is_refused_with_the_numbers() {
    try (HikariDataSource pool = pool(database.application(), 8)) {
      assertRefused(
          config, pool, "lent 8 connections", "may need 9", "postgresql.connections, which is 6");
      assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
    }
  }

  @Test
  void a_pool_of_another_database_is_refused(@TempDir Path directory) {
    try (HikariDataSource h2 = pool(Databases.h2(directory).application(), CONNECTIONS)) {
      assertRefused(config, h2, "perille.storage.profile", "connects to H2");
    }
  }

  @Test
  void h2_uses_a_file_of_its_own_and_refuses_a_pool(@TempDir Path directory) {
    Database h2 = Databases.h2(directory);
    assertRefused(h2.config(), h2.application(), "'h2' can't use", "forces no commit");
    assertThatThrownBy(() -> Perille.create(h2.config(), with(h2.application())))
        .isInstanceOf(ConfigurationException.class);
  }

  @Test
  void a_read_only_pool_is_refused() {
    try (HikariDataSource pool = pool(database.application(), CONNECTIONS)) {
      pool.setReadOnly(true);
      assertRefused(config, pool, "are read-only");
    }
  }

  @Test
  void one_connection_for_everybody_is_refused() throws SQLException {
    try (Connection only = database.application().getConnection()) {
      assertRefused(config, alwaysReturning(only), "returned one connection twice");
    }
  }

  private static DataSource alwaysReturning(Connection connection) {
    return proxy(
        DataSource.class,
        (proxy, method, arguments) ->
            proxy(
                Connection.class,
                (lent, called, given) ->
                    called.getName().equals("close") ? null : called.invoke(connection, given)));
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            ApplicationDataSourceTest.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  @Test
  void a_pool_that_is_closed_is_a_storage_that_cannot_be_used() {
    HikariDataSource pool = pool(database.application(), CONNECTIONS);
    pool.close();
    assertThatThrownBy(() -> Perille.start(config, ORDERS, with(pool)))
        .isInstanceOf(StorageException.class)
        .hasMessageContainingAll("the application's DataSource can't be used", "is open");
  }

  @Test
  void a_node_that_runs_takes_no_options_and_none_takes_them_twice(@TempDir Path directory) {
    assertThatThrownBy(() -> Perille.create(config, NodeOptions.none(), NodeOptions.none()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("one value");
    try (Perille perille = Perille.start(Databases.h2(directory).config(), ORDERS)) {
      assertThatThrownBy(() -> perille.register(NodeOptions.none()))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("Perille.create");
    }
  }
}
