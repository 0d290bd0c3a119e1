package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.StorageException;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.SilentProxy;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Advance;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.postgresql.ds.PGSimpleDataSource;

/** Sessions whose other side vanishes silently: a half-open connection. */
class VanishedHostTest {
  private static final CursorTable.CursorKey PLACE = new CursorTable.CursorKey("t", "s", 0);
  private static final Advance NEXT = (current, finished) -> new CursorState(1, "at 1");
  private static final Config HANDLER =
      ConfigFactory.parseString(
          "perille.storage.jdbc-handler { idle-in-transaction = 1s, statement = 500ms, cursor = 60s"
              + " }");

  private final Database database = Databases.postgresql();
  private SilentProxy proxy;

  @BeforeEach
  void prepare() throws Exception {
    new PostgresqlStorage().prepare(database.config());
    proxy = new SilentProxy(Databases.postgresqlPort());
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  private static PostgresqlDataSource dataSource(Config config, String url) {
    PostgresqlDataSource dataSource = new PostgresqlDataSource();
    dataSource.setUrl(url);
    dataSource.setUser(config.getString("perille.storage.postgresql.user"));
    dataSource.setIdleInTransaction("500ms");
    dataSource.setLock("40s");
    dataSource.setStatement("50s");
    dataSource.setAnswer("1s");
    dataSource.setNetwork("15s");
    return dataSource;
  }

  private String url() {
    return database.config().getString("perille.storage.postgresql.url");
  }

  private Connection throughProxy() throws SQLException {
    return dataSource(
            database.config(), url().replaceFirst("localhost:\\d+", "127.0.0.1:" + proxy.port()))
        .getConnection();
  }

  private PostgresqlDataSource direct() {
    PostgresqlDataSource dataSource = dataSource(database.config(), url());
    dataSource.setAnswer("60s");
    return dataSource;
  }

  @Test
  void a_successor_stores_although_its_predecessor_vanished_inside_a_transaction()
      throws Exception {
    try (Connection vanishing = throughProxy();
        Connection successor = direct().getConnection()) {
      vanishing.setAutoCommit(false);
      JournalTable.insertAll(vanishing, List.of(JournalTableTest.row("a", 1)));
      proxy.silence();
      JournalTable.insert(successor, List.of(JournalTableTest.row("a", 1)));
      assertThatThrownBy(vanishing::commit).isInstanceOf(SQLException.class);
    }
  }

  @Test
  void a_write_whose_server_vanished_fails_with_an_unknown_outcome() throws Exception {
    try (Connection connection = throughProxy()) {
      proxy.silence();
      assertThatThrownBy(
              () -> JournalTable.insert(connection, List.of(JournalTableTest.row("a", 1))))
          .isInstanceOf(StorageException.class)
          .matches(failure -> !JournalTable.isRefused(failure));
    }
  }

  @Test
  void the_server_knows_each_time_out_and_the_address_wins() throws Exception {
    PostgresqlDataSource dataSource = direct();
    dataSource.setUrl(url() + "&options=-c%20lock_timeout=7s");
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT name, setting FROM pg_settings WHERE name LIKE '%timeout' OR name LIKE"
                    + " 'tcp_%'")) {
      Map<String, String> settings = new TreeMap<>();
      while (rows.next()) {
        settings.put(rows.getString(1), rows.getString(2));
      }
      assertThat(settings)
          .containsEntry("idle_in_transaction_session_timeout", "500")
          .containsEntry("lock_timeout", "7000")
          .containsEntry("statement_timeout", "50000")
          .containsEntry("tcp_user_timeout", "15000")
          .containsEntry("tcp_keepalives_idle", "5")
          .containsEntry("tcp_keepalives_interval", "5")
          .containsEntry("tcp_keepalives_count", "2");
    }
  }

  @Test
  void a_pooler_that_knows_no_options_gets_none() throws Exception {
    PostgresqlDataSource dataSource = new PostgresqlDataSource();
    dataSource.setUrl(url());
    dataSource.setUser("postgres");
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW lock_timeout")) {
      row.next();
      assertThat(row.getString(1)).isEqualTo("0");
    }
  }

  @Test
  void a_handler_s_successor_goes_on_although_its_predecessor_vanished_inside_an_effect()
      throws Exception {
    HandlerTimeouts timeouts = HandlerTimeouts.of(HANDLER);
    CursorTable table = new CursorTable(database.application(), "perille_cursor");
    table.prepare(true, timeouts);
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE ledger (number BIGINT PRIMARY KEY)");
    }
    PGSimpleDataSource throughProxy = new PGSimpleDataSource();
    throughProxy.setURL(url().replaceFirst("localhost:\\d+", "127.0.0.1:" + proxy.port()));
    CursorTable vanishing = new CursorTable(throughProxy, "perille_cursor");
    vanishing.prepare(true, timeouts);
    Claim<String> first = claim(vanishing, proxy::silence);
    assertThatThrownBy(() -> first.process(List.of(delivery()), NEXT))
        .isInstanceOf(Exception.class);
    Claim<String> successor = claim(table, () -> {});
    successor.process(List.of(delivery()), NEXT);
    assertThat(table.claim(PLACE).cursor()).contains(new CursorState(1, "at 1"));
  }

  private static Claim<String> claim(CursorTable table, Runnable whenInserted) throws Exception {
    Claim<String> claim =
        JdbcClaim.make(
            table,
            PLACE,
            (connection, deliveries, beforeCall) -> {
              try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO ledger VALUES (0)");
                whenInserted.run();
                statement.execute("SELECT 1");
              } catch (SQLException e) {
                throw new EffectFailedException(0, e);
              }
            },
            TransactionSlots.of(8),
            new UnusedConnections());
    if (claim.stored().isEmpty()) {
      claim.change(none -> new CursorState(0, "at 0"));
    }
    return claim;
  }

  private static Delivery<String> delivery() {
    return Delivery.builder("m").subscription("s").topic("t").build();
  }
}
