package org.perille.benchmarks.contender;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * An outbox table as applications write it by hand. Workers take its rows with {@code FOR UPDATE
 * SKIP LOCKED}, and delete them in the same transaction.
 */
public final class OutboxRows {
  /** The rows that a worker takes at once. */
  private static final int BATCH = 500;

  private OutboxRows() {}

  /** A row of the table. */
  public record Row(long id, Parcel parcel) {}

  public static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE outbox (id BIGSERIAL PRIMARY KEY, key TEXT NOT NULL, parcel BYTEA NOT NULL)");
    }
  }

  /** Inserts a row. */
  public static void insert(Connection connection, Parcel parcel) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO outbox (key, parcel) VALUES (?, ?)")) {
      insert.setString(1, parcel.key());
      insert.setBytes(2, parcel.bytes());
      insert.executeUpdate();
    }
  }

  /** Locks the first rows that nobody else has locked. */
  public static List<Row> take(Connection connection) throws SQLException {
    List<Row> rows = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, key, parcel FROM outbox ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED")) {
      select.setInt(1, BATCH);
      try (ResultSet found = select.executeQuery()) {
        while (found.next()) {
          rows.add(new Row(found.getLong(1), new Parcel(found.getString(2), found.getBytes(3))));
        }
      }
    }
    return rows;
  }

  public static void delete(Connection connection, List<Row> rows) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM outbox WHERE id = ANY (?)")) {
      delete.setArray(1, connection.createArrayOf("BIGINT", rows.stream().map(Row::id).toArray()));
      delete.executeUpdate();
    }
  }
}
