package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.StorageException;
import org.perille.persistence.Databases;
import org.perille.persistence.Databases.Database;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler.Claim;
import org.perille.spi.TransactionalHandler.ClaimLostException;
import org.perille.spi.TransactionalHandler.EffectFailedException;
import org.perille.spi.TransactionalHandler.NotStartedException;
import slick.jdbc.JdbcBackend;
import slick.jdbc.hikaricp.HikariCPJdbcDataSource;

/**
 * Goal: the pool recovers after a failover that leaves the former primary readable.
 *
 * <p>A pooled session of the former primary rejects writes, a new one is of the new primary.
 */
class StaleConnectionsTest {
  private static final String POOL =
      "pekko-persistence-jdbc.shared-databases.perille-postgresql.db";

  private final Database database = Databases.postgresql();

  private static void demote(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    }
  }

  @Test
  void the_journal_s_pool_discards_connections_to_a_former_primary() throws Exception {
    Config one =
        ConfigFactory.parseString("perille.storage.postgresql.connections = 1")
            .withFallback(database.config());
    PostgresqlStorage storage = new PostgresqlStorage();
    storage.prepare(one);
    JdbcBackend.JdbcDatabaseDef pool =
        slick.jdbc.JdbcBackend$.MODULE$
            .Database()
            .forConfig(
                POOL,
                storage.pluginSettings(one).withFallback(one),
                null,
                getClass().getClassLoader());
    try {
      HikariDataSource connections = ((HikariCPJdbcDataSource) pool.source()).ds();
      try (Connection connection = connections.getConnection()) {
        demote(connection);
        assertThatThrownBy(
                () -> JournalTable.insert(connection, List.of(JournalTableTest.row("a", 1))))
            .isInstanceOf(StorageException.class)
            .hasMessageContaining("read-only");
      }
      try (Connection connection = connections.getConnection()) {
        JournalTable.insert(connection, List.of(JournalTableTest.row("a", 1)));
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
      }
    } finally {
      pool.close();
    }
  }

  @Test
  void an_application_s_pool_is_made_to_discard_them_too_and_no_attempt_is_counted()
      throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(database.application());
      pool.setMaximumPoolSize(1);
      CursorTable table = new CursorTable(pool, "perille_cursor");
      table.prepare(true, HandlerTimeouts.of(ConfigFactory.empty()));
      Claim<String> claim =
          JdbcClaim.make(
              table,
              new CursorTable.CursorKey("t", "s", 0),
              (connection, deliveries, beforeCall) -> {
                try (Statement statement = connection.createStatement()) {
                  statement.execute("CREATE TABLE effect (number BIGINT)");
                } catch (SQLException e) {
                  throw new EffectFailedException(0, e);
                }
              },
              TransactionSlots.of(8),
              new UnusedConnections());
      claim.change(none -> new CursorState(0, ""));
      try (Connection connection = pool.getConnection()) {
        demote(connection);
      }
      assertThatThrownBy(() -> process(claim))
          .isInstanceOf(NotStartedException.class)
          .hasMessageContaining("targetServerType=primary");
      process(claim);
      assertThat(table.claim(new CursorTable.CursorKey("t", "s", 0)).cursor())
          .contains(new CursorState(1, ""));
    }
  }

  private static void process(Claim<String> claim) throws Exception {
    claim.process(
        List.of(Delivery.builder("m").subscription("s").topic("t").build()),
        (current, finished) -> new CursorState(1, ""));
  }

  @Test
  void a_claim_does_not_get_a_connection_to_a_former_primary_again_and_again() throws Exception {
    try (HikariDataSource pool = new HikariDataSource()) {
      pool.setDataSource(database.application());
      pool.setMaximumPoolSize(1);
      CursorTable table = new CursorTable(pool, "perille_cursor");
      table.prepare(true, HandlerTimeouts.of(ConfigFactory.empty()));
      CursorTable.CursorKey place = new CursorTable.CursorKey("t", "s", 1);
      CursorState cursor = new CursorState(1, "AA==");
      Claim<String> before = claim(table, place);

      demoteOnly(pool);
      assertThatThrownBy(() -> before.change(stored -> cursor))
          .isInstanceOf(ClaimLostException.class);
      Claim<String> after = claim(table, place);
      assertThat(after.change(stored -> cursor)).isEqualTo(cursor);

      demoteOnly(pool);
      assertThatThrownBy(() -> claim(table, place))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("read-only");
      assertThat(claim(table, place).stored()).contains(cursor);
    }
  }

  private static void demoteOnly(HikariDataSource pool) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      demote(connection);
    }
  }

  private static Claim<String> claim(CursorTable table, CursorTable.CursorKey place)
      throws SQLException {
    return JdbcClaim.make(
        table,
        place,
        (connection, deliveries, beforeCall) -> {},
        TransactionSlots.of(1),
        new UnusedConnections());
  }
}
