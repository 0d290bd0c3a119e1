package org.perille.persistence.internal;

import com.google.protobuf.InvalidProtocolBufferException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.perille.OutboxStatus;
import org.perille.internal.log.LogMessage;
import org.perille.internal.outbox.JsonMessage;
import org.perille.internal.outbox.OutboxRow;
import org.perille.internal.outbox.RelayTable;
import org.perille.internal.wire.StoredMessages;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transactions of an outbox's relay in H2 and PostgreSQL. */
final class OutboxTable implements RelayTable {
  /** The limit of rows that one transaction moves back into the queue. */
  private static final int RELEASED_ROWS = 500;

  private static final Logger LOG = LoggerFactory.getLogger(OutboxTable.class);

  /** The columns that a row has wherever it is. */
  private static final String COLUMNS =
      "id, inserted_at, topic, message_key, attempt, message, message_id, headers, payload";

  private final OutboxDatabase database;

  OutboxTable(OutboxDatabase database) {
    this.database = database;
  }

  @Override
  public Claim claim(String node, long leastEpoch, boolean forget) throws SQLException {
    return database.inDurableTransaction(
        connection -> {
          // Locks the row, so that what is read next is what the former relay has left.
          update(connection, "UPDATE perille_outbox_relay SET operations = operations");
          long before = OutboxState.number(connection, "SELECT epoch FROM perille_outbox_relay");
          long now = ChronoUnit.MICROS.between(Instant.EPOCH, OutboxState.now(connection));
          long epoch = Math.max(Math.max(before + 1, now), leastEpoch);
          long last =
              Math.max(
                  OutboxState.number(connection, "SELECT last_batch FROM perille_outbox_relay"),
                  now);
          try (PreparedStatement claim =
              connection.prepareStatement(
                  "UPDATE perille_outbox_relay SET epoch = ?, last_batch = ?, node = ?")) {
            claim.setLong(1, epoch);
            claim.setLong(2, last);
            claim.setString(3, node);
            claim.executeUpdate();
          }
          if (forget) {
            update(connection, "DELETE FROM perille_outbox_batch");
          }
          return new Claim(epoch, last, before);
        });
  }

  private static int update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  @Override
  public List<RecordedBatch> recorded() throws SQLException {
    return database.inTransaction(
        connection -> {
          List<RecordedBatch> all = new ArrayList<>();
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT number, ids FROM perille_outbox_batch ORDER BY number")) {
            while (row.next()) {
              all.add(new RecordedBatch(row.getLong(1), ids(row.getString(2)), List.of()));
            }
          }
          List<RecordedBatch> complete = new ArrayList<>(all.size());
          for (RecordedBatch batch : all) {
            complete.add(
                new RecordedBatch(batch.number(), batch.ids(), rows(connection, batch.ids())));
          }
          return complete;
        });
  }

  private static List<Long> ids(String text) {
    return Arrays.stream(text.split(",", -1)).map(Long::valueOf).toList();
  }

  /** Reads rows, in the order of their ids given. Rows that don't exist are left out. */
  private static List<OutboxRow> rows(Connection connection, List<Long> ids) throws SQLException {
    Map<Long, OutboxRow> found = new HashMap<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, topic, message_key, message, message_id, headers, payload FROM perille_outbox WHERE id = ANY(?)")) {
      select.setArray(1, connection.createArrayOf("BIGINT", ids.toArray()));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.put(row.getLong(1), row(row));
        }
      }
    }
    return ids.stream().filter(found::containsKey).map(found::get).toList();
  }

  private static OutboxRow row(ResultSet row) throws SQLException {
    byte[] bytes = row.getBytes(4);
    String key = row.getString(3);
    String payload = row.getString(7);
    long size = bytes == null ? payload == null ? 0 : payload.length() : bytes.length;
    return new OutboxRow(
        row.getLong(1),
        row.getString(2),
        key,
        size,
        bytes == null ? Optional.empty() : message(bytes),
        bytes == null
            ? Optional.of(
                new JsonMessage(
                    key,
                    Optional.ofNullable(row.getString(5)),
                    Optional.ofNullable(row.getString(6)),
                    payload == null ? "" : payload))
            : Optional.empty());
  }

  /** Returns a message; empty if it can't be read. Only its row must fail, not the relay. */
  private static Optional<LogMessage> message(byte[] bytes) {
    try {
      return Optional.of(StoredMessages.fromBytes(bytes));
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      LOG.warn("A row of perille_outbox has a message that can't be read", e);
      return Optional.empty();
    }
  }

  @Override
  public Page read(Set<Long> excluded, Set<String> topics, int maxRows, long maxBytes)
      throws SQLException {
    return database.inTransaction(
        connection -> {
          // First: an operation that is counted here has happened before the rows are read.
          long operations =
              OutboxState.number(connection, "SELECT operations FROM perille_outbox_relay");
          List<Long> ids = first(connection, excluded, topics, maxRows, maxBytes);
          List<OutboxRow> rows = ids.isEmpty() ? List.of() : rows(connection, ids);
          return new Page(
              rows, rows.isEmpty() ? Set.of() : behindParked(connection, rows), operations);
        });
  }

  /**
   * Returns the first visible rows. The excluded ones are still in the table, before or between.
   */
  private static List<Long> first(
      Connection connection, Set<Long> excluded, Set<String> topics, int maxRows, long maxBytes)
      throws SQLException {
    List<Long> ids = new ArrayList<>();
    long bytes = 0;
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT id, COALESCE(OCTET_LENGTH(message), OCTET_LENGTH(payload), 0) FROM perille_outbox WHERE topic = ANY(?) ORDER BY id LIMIT ?")) {
      select.setArray(1, connection.createArrayOf("VARCHAR", topics.toArray()));
      select.setInt(2, maxRows + excluded.size());
      try (ResultSet row = select.executeQuery()) {
        while (row.next() && ids.size() < maxRows) {
          long id = row.getLong(1);
          if (!excluded.contains(id)) {
            bytes += row.getLong(2);
            if (!ids.isEmpty() && bytes > maxBytes) {
              break;
            }
            ids.add(id);
          }
        }
      }
    }
    return ids;
  }

  private static Set<Long> behindParked(Connection connection, List<OutboxRow> rows)
      throws SQLException {
    record Key(String topic, String key) {}

    Map<Key, Long> first = new HashMap<>();
    Integer[] hashes =
        rows.stream().map(row -> hash(row.topic(), row.key())).distinct().toArray(Integer[]::new);
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT topic, message_key, MIN(id) FROM perille_outbox_parked WHERE key_hash = ANY(?) GROUP BY topic, message_key")) {
      select.setArray(1, connection.createArrayOf("INTEGER", hashes));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          first.put(new Key(row.getString(1), row.getString(2)), row.getLong(3));
        }
      }
    }
    return rows.stream()
        .filter(
            row -> first.getOrDefault(new Key(row.topic(), row.key()), Long.MAX_VALUE) < row.id())
        .map(OutboxRow::id)
        .collect(Collectors.toCollection(HashSet::new));
  }

  /** Returns a hash that is stored, so it never changes. */
  private static int hash(String topic, String key) {
    return 31 * topic.hashCode() + key.hashCode();
  }

  @Override
  public long execute(long epoch, long lastBatch, Step step) throws SQLException, FencedException {
    long next = step.batch().isEmpty() ? lastBatch : lastBatch + 1;
    return database.<Long, FencedException>inDurableTransaction(
        connection -> {
          requireLatest(connection, epoch, lastBatch, next);
          finish(connection, step.finished());
          park(connection, step.parked());
          convert(connection, step.converted());
          if (next != lastBatch) {
            record(connection, next, step.batch());
          }
          return next;
        });
  }

  /** Changes the row of the relay first, which excludes other relays until the transaction ends. */
  private static void requireLatest(Connection connection, long epoch, long lastBatch, long next)
      throws SQLException, FencedException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE perille_outbox_relay SET last_batch = ? WHERE epoch = ? AND last_batch = ?")) {
      update.setLong(1, next);
      update.setLong(2, epoch);
      update.setLong(3, lastBatch);
      if (update.executeUpdate() != 1) {
        throw new FencedException(
            "epoch %d isn't the latest one, or the database was set back".formatted(epoch));
      }
    }
  }

  private static void finish(Connection connection, List<RecordedBatch> finished)
      throws SQLException {
    if (finished.isEmpty()) {
      return;
    }
    delete(
        connection,
        "DELETE FROM perille_outbox WHERE id = ANY(?)",
        finished.stream().flatMap(batch -> batch.ids().stream()).toArray());
    delete(
        connection,
        "DELETE FROM perille_outbox_batch WHERE number = ANY(?)",
        finished.stream().map(RecordedBatch::number).toArray());
  }

  private static void delete(Connection connection, String sql, Object[] numbers)
      throws SQLException {
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setArray(1, connection.createArrayOf("BIGINT", numbers));
      delete.executeUpdate();
    }
  }

  private static void park(Connection connection, List<Parked> parked) throws SQLException {
    if (parked.isEmpty()) {
      return;
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_outbox_parked ("
                + COLUMNS
                + ", key_hash, reason, error, failed_at) SELECT id, inserted_at, topic, message_key, attempt + ?, message, message_id, headers, payload, ?, ?, ?, CASE WHEN ? THEN CURRENT_TIMESTAMP END FROM perille_outbox WHERE id = ?")) {
      for (Parked one : parked) {
        insert.setInt(1, one.failure().isPresent() ? 1 : 0);
        insert.setInt(2, hash(one.row().topic(), one.row().key()));
        insert.setString(3, one.failure().map(f -> f.reason().name()).orElse(null));
        insert.setString(4, one.failure().map(Failure::error).orElse(null));
        insert.setBoolean(5, one.failure().isPresent());
        insert.setLong(6, one.row().id());
        insert.addBatch();
      }
      int[] unused = insert.executeBatch();
    }
    delete(
        connection,
        "DELETE FROM perille_outbox WHERE id = ANY(?)",
        parked.stream().map(one -> one.row().id()).toArray());
  }

  private static void convert(Connection connection, List<Converted> converted)
      throws SQLException {
    if (converted.isEmpty()) {
      return;
    }
    try (PreparedStatement update =
        connection.prepareStatement("UPDATE perille_outbox SET message = ? WHERE id = ?")) {
      for (Converted one : converted) {
        update.setBytes(1, StoredMessages.toBytes(one.message()));
        update.setLong(2, one.id());
        update.addBatch();
      }
      int[] unused = update.executeBatch();
    }
  }

  private static void record(Connection connection, long number, List<OutboxRow> rows)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO perille_outbox_batch (number, ids) VALUES (?, ?)")) {
      insert.setLong(1, number);
      insert.setString(
          2, rows.stream().map(row -> Long.toString(row.id())).collect(Collectors.joining(",")));
      insert.executeUpdate();
    }
  }

  @Override
  public boolean release(long epoch, long lastBatch) throws SQLException, FencedException {
    return database.<Boolean, FencedException>inDurableTransaction(
        connection -> {
          requireLatest(connection, epoch, lastBatch, lastBatch);
          List<Long> ids = new ArrayList<>();
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT p.id FROM perille_outbox_parked p WHERE p.reason IS NULL AND NOT EXISTS (SELECT 1 FROM perille_outbox_parked d WHERE d.key_hash = p.key_hash AND d.topic = p.topic AND d.message_key = p.message_key AND d.reason IS NOT NULL AND d.id < p.id) ORDER BY p.id LIMIT "
                          + RELEASED_ROWS)) {
            while (row.next()) {
              ids.add(row.getLong(1));
            }
          }
          if (!ids.isEmpty()) {
            try (PreparedStatement insert =
                connection.prepareStatement(
                    "INSERT INTO perille_outbox ("
                        + COLUMNS
                        + ") SELECT "
                        + COLUMNS
                        + " FROM perille_outbox_parked WHERE id = ANY(?)")) {
              insert.setArray(1, connection.createArrayOf("BIGINT", ids.toArray()));
              insert.executeUpdate();
            }
            delete(
                connection, "DELETE FROM perille_outbox_parked WHERE id = ANY(?)", ids.toArray());
          }
          return ids.size() < RELEASED_ROWS;
        });
  }

  @Override
  public Set<String> otherTopics(Set<String> topics) throws SQLException {
    return database.inTransaction(connection -> OutboxState.otherTopics(connection, topics));
  }

  @Override
  public OutboxStatus status() throws SQLException {
    return database.inTransaction(OutboxState::status);
  }
}
