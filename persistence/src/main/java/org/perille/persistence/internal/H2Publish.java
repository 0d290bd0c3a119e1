package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** The function {@code perille_publish} in H2, whose functions are Java methods. */
public final class H2Publish {
  private static final int MAX_KEY_LENGTH = 1000;
  private static final int MAX_ID_LENGTH = 200;

  /** The state of a value that a function refuses. */
  private static final String INVALID = "22023";

  private H2Publish() {}

  /**
   * Inserts a message into the outbox, in the transaction of the caller.
   *
   * @param headers a JSON object of texts, or null
   * @param id a stable id, or null
   * @return the id of the row
   */
  public static long publish(
      Connection connection, String topic, String key, String payload, String headers, String id)
      throws SQLException {
    int maxBytes = maxBytes(connection, topic);
    require(
        key != null && !key.isEmpty() && key.length() <= MAX_KEY_LENGTH,
        "the key of a message for topic '%s' must have 1 to 1000 characters",
        topic);
    require(
        payload != null && is(connection, "? IS JSON", payload) && !payload.strip().equals("null"),
        "the payload of a message for topic '%s' is no JSON",
        topic);
    require(
        headers == null || is(connection, "? IS JSON OBJECT", headers),
        "the headers of a message for topic '%s' must be a JSON object of texts",
        topic);
    require(
        id == null || (!id.isEmpty() && id.length() <= MAX_ID_LENGTH),
        "the id of a message for topic '%s' must have 1 to 200 characters",
        topic);
    long length =
        (long) payload.length()
            + key.length()
            + (headers == null ? 0 : headers.length())
            + (id == null ? 0 : id.length());
    require(
        length <= maxBytes,
        "a message for topic '%s' is larger than perille.publisher.max-message-bytes",
        topic);
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_outbox (topic, message_key, message_id, headers, payload) VALUES (?, ?, ?, ?, ?)",
            new String[] {"ID"})) {
      insert.setString(1, topic);
      insert.setString(2, key);
      insert.setString(3, id);
      insert.setString(4, headers);
      insert.setString(5, payload);
      insert.executeUpdate();
      try (ResultSet row = insert.getGeneratedKeys()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  private static int maxBytes(Connection connection, String topic) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT is_json, max_bytes FROM perille_outbox_topic WHERE name = ?")) {
      select.setString(1, topic);
      try (ResultSet row = select.executeQuery()) {
        require(
            row.next(),
            "topic '%s' is not registered with this outbox: a node of Perille that registers the outbox must register the topic first",
            topic);
        require(
            row.getBoolean(1),
            "messages of topic '%s' have no form as JSON: publish them from Java",
            topic);
        return row.getInt(2);
      }
    }
  }

  private static boolean is(Connection connection, String predicate, String text)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT " + predicate.replace("?", "CAST(? AS VARCHAR)"))) {
      select.setString(1, text);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }

  private static void require(boolean condition, String problem, String topic) throws SQLException {
    if (!condition) {
      throw new SQLException(problem.formatted(topic), INVALID);
    }
  }
}
