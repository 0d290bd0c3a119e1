package org.perille.testkit;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;

/** An H2 database in memory, for Perille and for the tables of the tests. */
final class TestDatabase implements AutoCloseable {
  /** The size of the pool: the limit of handlers, and some for tests that read their tables. */
  private static final int CONNECTIONS = 20;

  private final String directory = "mem:perille-" + UUID.randomUUID();
  private final JdbcConnectionPool pool = JdbcConnectionPool.create(url(), "sa", "");

  /** A connection that keeps the database alive until Perille opens it. */
  private final Connection lifeline;

  private TestDatabase() throws SQLException {
    pool.setMaxConnections(CONNECTIONS);
    lifeline = pool.getConnection();
  }

  static TestDatabase create() {
    try {
      return new TestDatabase();
    } catch (SQLException e) {
      throw new IllegalStateException("no H2 database in memory could be created", e);
    }
  }

  /** Returns the value of {@code perille.storage.h2.directory}. */
  String directory() {
    return directory;
  }

  String url() {
    return "jdbc:h2:" + directory;
  }

  DataSource dataSource() {
    return pool;
  }

  @Override
  public void close() {
    try (Connection last = lifeline;
        Statement statement = last.createStatement()) {
      statement.execute("SHUTDOWN");
    } catch (SQLException e) {
      throw new IllegalStateException("the database " + directory + " could not be closed", e);
    } finally {
      pool.dispose();
    }
  }
}
