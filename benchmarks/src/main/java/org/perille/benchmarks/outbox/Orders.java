package org.perille.benchmarks.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import org.perille.benchmarks.contender.Parcel;

/** The application's own table. */
final class Orders {
  private Orders() {}

  static void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, key TEXT, parcel BYTEA)");
    }
  }

  static void insert(Connection connection, Parcel parcel) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO orders (key, parcel) VALUES (?, ?)")) {
      insert.setString(1, parcel.key());
      insert.setBytes(2, parcel.bytes());
      insert.executeUpdate();
    }
  }
}
