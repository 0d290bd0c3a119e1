package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.perille.ConfigurationException;

/** The checks of the application's pool before a node uses it. */
final class DataSourceCheck {
  /** The connections besides those of the journal: the node's entry, its lease, and checks. */
  static final int FURTHER_CONNECTIONS = 3;

  private static final String PRODUCT = "PostgreSQL";

  private final DataSource pool;
  private final PostgresqlTimeouts timeouts;

  DataSourceCheck(DataSource pool, PostgresqlTimeouts timeouts) {
    this.pool = pool;
    this.timeouts = timeouts;
  }

  /**
   * Checks the pool. Borrows the connections that a node may need, all at once.
   *
   * @param connections the number of connections of the journal
   * @throws SQLException if the database can't be used
   * @throws ConfigurationException if a node can't use the pool
   */
  void run(int connections) throws SQLException {
    try (Connection connection = pool.getConnection()) {
      requireProduct(connection);
      requireWritable(connection);
      requireAutoCommit(connection);
    }
    requireNumber(connections);
  }

  private static void requireProduct(Connection connection) throws SQLException {
    String product = connection.getMetaData().getDatabaseProductName();
    if (!product.equals(PRODUCT)) {
      throw new ConfigurationException(
          "'perille.storage.profile' is 'postgresql', and the application's DataSource connects to %s: pass one that connects to PostgreSQL, or none"
              .formatted(product));
    }
  }

  private static void requireWritable(Connection connection) throws SQLException {
    if (connection.isReadOnly()) {
      throw new ConfigurationException(
          "the connections of the application's DataSource are read-only: pass one whose connections may write");
    }
  }

  private static void requireAutoCommit(Connection connection) throws SQLException {
    boolean own = connection.getAutoCommit();
    try {
      connection.setAutoCommit(!own);
      if (connection.getAutoCommit() != own) {
        connection.setAutoCommit(own);
        return;
      }
    } catch (SQLException e) {
      throw autoCommit(Optional.of(e));
    }
    throw autoCommit(Optional.empty());
  }

  private static ConfigurationException autoCommit(Optional<SQLException> cause) {
    return new ConfigurationException(
        "the application's DataSource doesn't let its connections change their autocommit mode, as one that is part of another transaction does: pass the pool itself",
        cause.orElse(null));
  }

  private void requireNumber(int journal) throws SQLException {
    int wanted = journal + FURTHER_CONNECTIONS;
    List<Long> servers = new ArrayList<>();
    BorrowedConnections connections = new BorrowedConnections(pool, timeouts);
    try {
      connections.borrowAtOnce(wanted, servers);
    } catch (SQLException e) {
      // If not even one is lent now, the database has become unusable in between.
      connections.borrow().close();
      throw new ConfigurationException(
          "the application's DataSource lent %d connections at once, and a node may need %d (perille.storage.postgresql.connections, which is %d, and %d more): enlarge the pool, by what the application needs too, or lower that setting. The reason was: %s"
              .formatted(servers.size(), wanted, journal, FURTHER_CONNECTIONS, e.getMessage()),
          e);
    }
    if (new HashSet<>(servers).size() < servers.size()) {
      throw new ConfigurationException(
          "the application's DataSource returned one connection twice at the same time: pass the pool itself, not a DataSource with one connection or for one transaction");
    }
  }
}
