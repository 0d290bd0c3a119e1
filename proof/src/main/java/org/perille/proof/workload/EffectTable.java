package org.perille.proof.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Consumer;
import org.perille.Delivery;

/** The table of the handlers' effects, in the order of their insertion. */
public final class EffectTable {
  public static final String CREATE =
      "CREATE TABLE effect (seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, subscription VARCHAR(100) NOT NULL, topic VARCHAR(100) NOT NULL, part INTEGER NOT NULL, log_offset BIGINT NOT NULL, item_key VARCHAR(1000) NOT NULL, item_value VARCHAR(300) NOT NULL, node VARCHAR(100) NOT NULL)";

  /**
   * Returns partitions with their last effect after a given one, of a topic's transactional
   * subscription.
   */
  public static final String READ_NEWER =
      "SELECT part, max(seq) FROM effect WHERE seq > ? AND topic = ? AND subscription = 'transactional' GROUP BY part";

  /** An effect. No constraint keeps a message from having two; only Perille does. */
  record Row(
      long seq,
      String subscription,
      String topic,
      int partition,
      long offset,
      String key,
      String value,
      String node) {}

  private EffectTable() {}

  static void insert(Connection connection, Delivery<Item> delivery, String node)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO effect (subscription, topic, part, log_offset, item_key, item_value, node) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      insert.setString(1, delivery.subscription());
      insert.setString(2, delivery.topic());
      insert.setInt(3, delivery.partition());
      insert.setLong(4, delivery.offset());
      insert.setString(5, delivery.key());
      insert.setString(6, delivery.payload().value());
      insert.setString(7, node);
      insert.executeUpdate();
    }
  }

  /** Returns the last effect's number, or 0. */
  public static long last(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT coalesce(max(seq), 0) FROM effect")) {
      row.next();
      return row.getLong(1);
    }
  }

  static void read(Connection connection, Consumer<Row> reader) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT seq, subscription, topic, part, log_offset, item_key, item_value, node FROM effect ORDER BY seq")) {
      while (row.next()) {
        reader.accept(
            new Row(
                row.getLong(1),
                row.getString(2),
                row.getString(3),
                row.getInt(4),
                row.getLong(5),
                row.getString(6),
                row.getString(7),
                row.getString(8)));
      }
    }
  }
}
