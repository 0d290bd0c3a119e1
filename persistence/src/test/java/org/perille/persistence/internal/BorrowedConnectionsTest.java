package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.persistence.Databases;

class BorrowedConnectionsTest {
  private static final PostgresqlTimeouts TIMEOUTS =
      new PostgresqlTimeouts(
          Optional.of(Duration.ofSeconds(8)),
          Optional.of(Duration.ofSeconds(10)),
          Optional.empty(),
          Optional.of(Duration.ofSeconds(15)),
          Optional.of(Duration.ofSeconds(18)));

  /** A pool of one connection, so that each test sees what the one before it left. */
  private final HikariDataSource pool = new HikariDataSource();

  private final BorrowedConnections connections = new BorrowedConnections(pool, TIMEOUTS);

  @BeforeEach
  void open() {
    pool.setDataSource(Databases.postgresql().application());
    pool.setMaximumPoolSize(1);
    pool.setConnectionTimeout(5_000);
  }

  @AfterEach
  void close() {
    pool.close();
  }

  private static String show(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int process(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
      row.next();
      return row.getInt(1);
    }
  }

  @Test
  void a_borrowed_connection_has_perille_s_settings_and_returns_with_its_own() throws Exception {
    int process;
    try (Connection own = pool.getConnection()) {
      process = process(own);
      execute(own, "SET lock_timeout = '3s'");
    }
    try (Connection borrowed = connections.borrow(List.of("synchronous_commit"))) {
      assertThat(process(borrowed)).isEqualTo(process);
      assertThat(show(borrowed, "lock_timeout")).isEqualTo("10s");
      assertThat(show(borrowed, "idle_in_transaction_session_timeout")).isEqualTo("8s");
      assertThat(show(borrowed, "default_transaction_isolation")).isEqualTo("read committed");
      assertThat(show(borrowed, "statement_timeout")).isEqualTo("0");
      assertThat(borrowed.getNetworkTimeout()).isEqualTo(18_000);
      execute(borrowed, "SET synchronous_commit = 'local'");
      borrowed.setAutoCommit(false);
      execute(borrowed, "CREATE TABLE never_committed (id INT)");
    }
    try (Connection own = pool.getConnection()) {
      assertThat(process(own)).isEqualTo(process);
      assertThat(show(own, "lock_timeout")).isEqualTo("3s");
      assertThat(show(own, "idle_in_transaction_session_timeout")).isEqualTo("0");
      assertThat(show(own, "synchronous_commit")).isEqualTo("off");
      assertThat(own.getAutoCommit()).isTrue();
      assertThat(own.getNetworkTimeout()).isZero();
      assertThatThrownBy(() -> execute(own, "SELECT * FROM never_committed"))
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void a_connection_of_a_former_primary_is_discarded_when_it_is_borrowed() throws Exception {
    int process;
    try (Connection own = pool.getConnection()) {
      process = process(own);
      execute(own, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
    }
    assertThatThrownBy(connections::borrow)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("standby or read-only");
    try (Connection fresh = connections.borrow()) {
      assertThat(process(fresh)).isNotEqualTo(process);
    }
  }

  @Test
  void a_connection_that_cannot_be_restored_never_returns_to_the_application() throws Exception {
    int process;
    try (Connection borrowed = connections.borrow()) {
      process = process(borrowed);
      borrowed.setAutoCommit(false);
      try (Connection other = Databases.postgresql().application().getConnection()) {
        execute(other, "SELECT pg_terminate_backend(" + process + ")");
      }
    }
    try (Connection own = pool.getConnection()) {
      assertThat(process(own)).isNotEqualTo(process);
    }
  }

  @Test
  void a_returned_connection_can_be_closed_again_and_used_no_more() throws Exception {
    Connection borrowed = connections.borrow();
    borrowed.close();
    borrowed.close();
    assertThat(borrowed.isClosed()).isTrue();
    assertThatThrownBy(borrowed::createStatement)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("was returned");
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  @Test
  void a_number_in_the_settings_that_names_no_pool_is_refused() {
    assertThatThrownBy(() -> ApplicationDataSources.byNumber("no number"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("withDataSource");
    assertThat(ApplicationDataSources.byNumber(ApplicationDataSources.numberOf(pool)))
        .isSameAs(pool);
    assertThat(ApplicationDataSources.numberOf(pool))
        .isEqualTo(ApplicationDataSources.numberOf(pool));
  }
}
