package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/**
 * Connections of the application's PostgreSQL pool, with Perille's session settings while it uses
 * them.
 *
 * <p>One statement sets what differs when a connection is borrowed, and finds a server that has
 * become a standby. One restores it, unless nothing differed. See {@link BorrowedConnection}.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class BorrowedConnections {
  /** The state of a session that can't write, as the server reports it for a write. */
  private static final String READ_ONLY = "25006";

  private final DataSource pool;
  private final Optional<Duration> answer;
  private final List<String> names;
  private final String set;

  BorrowedConnections(DataSource pool, PostgresqlTimeouts timeouts) {
    this.pool = pool;
    this.answer = timeouts.answer();
    Map<String, String> wanted = new LinkedHashMap<>(timeouts.settings());
    // A journal row depends on no other, and must not conflict.
    wanted.put("default_transaction_isolation", "read committed");
    this.names = List.copyOf(wanted.keySet());
    this.set = set(wanted);
  }

  /** Reads the present values first: in a subquery, which comes before what selects from it. */
  private static String set(Map<String, String> wanted) {
    String present =
        wanted.keySet().stream()
            .map(name -> "current_setting('" + name + "') AS " + name)
            .collect(Collectors.joining(", "));
    String changes =
        wanted.entrySet().stream()
            .map(
                entry ->
                    "b.%s, set_config('%s', '%s', false)"
                        .formatted(entry.getKey(), entry.getKey(), entry.getValue()))
            .collect(Collectors.joining(", "));
    return "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on', "
        + changes
        + " FROM (SELECT "
        + present
        + " OFFSET 0) b";
  }

  /** Borrows a connection in autocommit mode. Closing it returns it as it was. */
  Connection borrow() throws SQLException {
    return borrow(List.of());
  }

  /**
   * Borrows a connection like {@link #borrow()}.
   *
   * @param changedLater the names of further settings that its user may change
   */
  Connection borrow(List<String> changedLater) throws SQLException {
    Connection connection = pool.getConnection();
    BorrowedConnection borrowed = BorrowedConnection.of(connection);
    try {
      borrowed.begin(answer);
      borrowed.restoreLater(changed(connection));
      for (String name : changedLater) {
        borrowed.restoreLater(Map.of(name, present(connection, name)));
      }
      return borrowed.proxy();
    } catch (SQLException | RuntimeException | Error e) {
      borrowed.discard();
      throw e;
    }
  }

  private static String present(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW " + name)) {
      row.next();
      return row.getString(1);
    }
  }

  /** Changes the session's settings, and returns the values before, of those that differed. */
  private Map<String, String> changed(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(set)) {
      row.next();
      if (row.getBoolean(1)) {
        throw new SQLException(
            "the server of a connection is a standby or read-only, and can't store anything",
            READ_ONLY);
      }
      Map<String, String> before = new LinkedHashMap<>();
      int column = 2;
      for (String name : names) {
        String present = row.getString(column);
        if (!present.equals(row.getString(column + 1))) {
          before.put(name, present);
        }
        column += 2;
      }
      return before;
    }
  }

  /**
   * Borrows several connections at once and returns them.
   *
   * @param wanted the number of connections that are borrowed at the same time
   * @param servers the identities of the server's processes, one for each connection
   */
  void borrowAtOnce(int wanted, List<Long> servers) throws SQLException {
    List<Connection> borrowed = new ArrayList<>();
    try {
      while (borrowed.size() < wanted) {
        Connection connection = borrow();
        borrowed.add(connection);
        // A pooler may give one process to several connections that are in no transaction.
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement();
            ResultSet row = statement.executeQuery("SELECT pg_backend_pid()")) {
          row.next();
          servers.add(row.getLong(1));
        }
      }
    } finally {
      for (Connection connection : borrowed) {
        connection.close();
      }
    }
  }
}
