package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.perille.OutboxDeadLetter;
import org.perille.PublishRefusedException.Reason;
import org.perille.internal.outbox.RelayedOutbox.KnownTopic;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transactions of operators, and of nodes that start. */
final class OutboxLetters {
  private static final Logger LOG = LoggerFactory.getLogger(OutboxLetters.class);

  private final OutboxDatabase database;

  OutboxLetters(OutboxDatabase database) {
    this.database = database;
  }

  List<OutboxDeadLetter> list(long afterId, int limit) throws SQLException {
    return database.inTransaction(connection -> list(connection, afterId, limit));
  }

  private static List<OutboxDeadLetter> list(Connection connection, long afterId, int limit)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, attempt, topic, message_key, reason, error, inserted_at, failed_at FROM perille_outbox_parked WHERE reason IS NOT NULL AND id > ? ORDER BY id LIMIT ?")) {
      select.setLong(1, afterId);
      select.setInt(2, limit);
      try (ResultSet row = select.executeQuery()) {
        List<OutboxDeadLetter> all = new ArrayList<>();
        while (row.next()) {
          all.add(
              OutboxDeadLetter.of(
                  row.getLong(1),
                  row.getInt(2),
                  row.getString(3),
                  row.getString(4),
                  reason(row.getString(5)),
                  row.getString(6),
                  row.getObject(7, OffsetDateTime.class).toInstant(),
                  row.getObject(8, OffsetDateTime.class).toInstant()));
        }
        return all;
      }
    }
  }

  /** Returns a reason. A newer version may have stored one that this one doesn't know. */
  private static Reason reason(String name) {
    for (Reason reason : Reason.values()) {
      if (reason.name().equals(name)) {
        return reason;
      }
    }
    return Reason.UNSERIALIZABLE;
  }

  boolean redrive(OutboxDeadLetter letter) throws SQLException {
    return database.inDurableTransaction(
        connection ->
            change(
                connection,
                "UPDATE perille_outbox_parked SET reason = NULL, error = NULL, failed_at = NULL WHERE id = ? AND attempt = ? AND reason IS NOT NULL",
                letter));
  }

  boolean discard(OutboxDeadLetter letter, String outbox, String reason) throws SQLException {
    boolean done =
        database.inDurableTransaction(
            connection ->
                change(
                    connection,
                    "DELETE FROM perille_outbox_parked WHERE id = ? AND attempt = ? AND reason IS NOT NULL",
                    letter));
    if (done) {
      LOG.info(
          "Row {} of outbox '{}', for topic '{}' with key '{}', was discarded: {}",
          letter.id(),
          outbox,
          letter.topic(),
          letter.key(),
          reason);
    }
    return done;
  }

  /** Changes a dead letter, and makes the relay look for rows that it has held back. */
  private static boolean change(Connection connection, String sql, OutboxDeadLetter letter)
      throws SQLException {
    // First, because it excludes a relay that moves rows.
    try (Statement count = connection.createStatement()) {
      count.executeUpdate("UPDATE perille_outbox_relay SET operations = operations + 1");
    }
    try (PreparedStatement change = connection.prepareStatement(sql)) {
      change.setLong(1, letter.id());
      change.setInt(2, letter.attempt());
      return change.executeUpdate() == 1;
    }
  }

  /** Stores the topics that a node has registered. */
  void store(Collection<KnownTopic> topics) throws SQLException {
    // In the order of their names, so that two nodes don't wait for each other.
    TreeMap<String, KnownTopic> sorted = new TreeMap<>();
    topics.forEach(topic -> sorted.put(topic.name(), topic));
    database.inTransaction(
        connection -> {
          try (Statement lock = connection.createStatement()) {
            lock.executeUpdate("UPDATE perille_outbox_relay SET operations = operations");
          }
          for (KnownTopic topic : sorted.values()) {
            store(connection, topic);
          }
          return null;
        });
  }

  private static void store(Connection connection, KnownTopic topic) throws SQLException {
    for (String sql :
        List.of(
            "UPDATE perille_outbox_topic SET is_json = ?, max_bytes = ? WHERE name = ?",
            "INSERT INTO perille_outbox_topic (is_json, max_bytes, name) VALUES (?, ?, ?)")) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        statement.setBoolean(1, topic.isJson());
        statement.setInt(2, topic.maxBytes());
        statement.setString(3, topic.name());
        if (statement.executeUpdate() == 1) {
          return;
        }
      }
    }
  }
}
