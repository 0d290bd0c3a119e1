package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.perille.OutboxStatus;

/** Queries about the state of an outbox. */
final class OutboxState {
  private static final int MAX_OTHER_TOPICS = 10;

  private OutboxState() {}

  /** Returns the time of the database's clock. */
  static Instant now(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT CURRENT_TIMESTAMP")) {
      row.next();
      return row.getObject(1, OffsetDateTime.class).toInstant();
    }
  }

  /** Returns the number that a query selects; 0 if there is no row. */
  static long number(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }

  /** Returns the names of topics that have rows, but aren't among these. */
  static Set<String> otherTopics(Connection connection, Set<String> topics) throws SQLException {
    Set<String> others = new TreeSet<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT DISTINCT topic FROM perille_outbox WHERE NOT (topic = ANY(?)) LIMIT "
                + MAX_OTHER_TOPICS)) {
      select.setArray(1, connection.createArrayOf("VARCHAR", topics.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          others.add(row.getString(1));
        }
      }
    }
    return others;
  }

  /** Returns the state. */
  static OutboxStatus status(Connection connection) throws SQLException {
    long waiting = number(connection, "SELECT COUNT(*) FROM perille_outbox");
    long letters =
        number(connection, "SELECT COUNT(*) FROM perille_outbox_parked WHERE reason IS NOT NULL");
    long all = number(connection, "SELECT COUNT(*) FROM perille_outbox_parked");
    return OutboxStatus.of(waiting, age(connection), letters, all - letters, node(connection));
  }

  private static Duration age(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT inserted_at FROM perille_outbox ORDER BY id FETCH FIRST 1 ROW ONLY")) {
      if (!row.next()) {
        return Duration.ZERO;
      }
      Duration age =
          Duration.between(row.getObject(1, OffsetDateTime.class).toInstant(), now(connection));
      return age.isNegative() ? Duration.ZERO : age;
    }
  }

  private static Optional<String> node(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT node FROM perille_outbox_relay")) {
      return row.next()
          ? Optional.of(row.getString(1)).filter(n -> !n.isEmpty())
          : Optional.empty();
    }
  }
}
