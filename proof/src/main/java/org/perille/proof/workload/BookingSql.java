package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The statements of the bookings' transactions, on H2 and on PostgreSQL. */
final class BookingSql {
  private static final Logger LOG = LoggerFactory.getLogger(BookingSql.class);
  private static final String READ_ONLY = "25006";

  private BookingSql() {}

  private static boolean isPostgreSql(Connection connection) throws SQLException {
    return connection.getMetaData().getDatabaseProductName().equals("PostgreSQL");
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(sql);
    }
  }

  /**
   * Begins a transaction. If the process vanishes in it, a server ends it within the time that the
   * fault suite allows.
   */
  static void begin(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    if (isPostgreSql(connection)) {
      execute(connection, "SET LOCAL idle_in_transaction_session_timeout = '8s'");
    }
  }

  /** Inserts a booking into the application's own table. */
  static void insert(Connection connection, Item item) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO booking (item_value) VALUES (?)")) {
      insert.setString(1, item.value());
      insert.executeUpdate();
    }
  }

  /** Publishes by the function of the database. */
  static void publish(Connection connection, String topic, String key, String payload)
      throws SQLException {
    String call =
        isPostgreSql(connection)
            ? "SELECT perille_publish(?, ?, CAST(? AS JSON))"
            : "CALL perille_publish(?, ?, ?, NULL, NULL)";
    try (PreparedStatement publish = connection.prepareStatement(call)) {
      publish.setString(1, topic);
      publish.setString(2, key);
      publish.setString(3, payload);
      boolean unused = publish.execute();
    }
  }

  /**
   * Refuses further bookings, on PostgreSQL. Returns when all transactions that have booked have
   * ended. May be repeated.
   */
  static void close(Connection connection) throws SQLException {
    execute(
        connection,
        "ALTER TABLE booking DROP CONSTRAINT IF EXISTS booking_closed,"
            + " ADD CONSTRAINT booking_closed CHECK (FALSE) NOT VALID");
  }

  /** Breaks a connection to a server that has become read-only, so that its pool discards it. */
  static void discardIfReadOnly(Connection connection, Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SQLException sql && READ_ONLY.equals(sql.getSQLState())) {
        try {
          connection.abort(Runnable::run);
        } catch (SQLException e) {
          LOG.debug("A connection can't be aborted", e);
        }
        return;
      }
    }
  }
}
