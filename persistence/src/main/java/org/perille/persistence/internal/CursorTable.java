package org.perille.persistence.internal;

import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.perille.StorageException;
import org.perille.spi.CursorPlace;
import org.perille.spi.CursorState;

/**
 * The table of cursors beside the effects, in the application's database.
 *
 * <p>It has a row for each partition of a subscription. The epoch identifies the latest claim, the
 * version the latest commit.
 */
public final class CursorTable {
  /** A partition of a subscription. */
  public record CursorKey(String topic, String subscription, int partition) {
    @Override
    public String toString() {
      return "subscription '%s' of topic '%s', partition %d"
          .formatted(subscription, topic, partition);
    }
  }

  /** The row that a claim reads. */
  record Row(long epoch, long version, Optional<CursorState> cursor) {}

  private final DataSource dataSource;
  private final String name;
  private volatile HandlerTimeouts timeouts = HandlerTimeouts.of(ConfigFactory.empty());
  private volatile TransactionRules rules;

  public CursorTable(DataSource dataSource, String name) {
    this.dataSource = dataSource;
    this.name = name;
  }

  public String name() {
    return name;
  }

  /** Returns the statement that creates the table. */
  String ddl() {
    return "CREATE TABLE IF NOT EXISTS "
        + name
        + " (topic VARCHAR(100) NOT NULL, subscription VARCHAR(100) NOT NULL, partition_number INTEGER NOT NULL, epoch BIGINT NOT NULL, version BIGINT NOT NULL, next_offset BIGINT, cursor_state VARCHAR(100000), cursor_apart TEXT, format_version INTEGER DEFAULT 1 NOT NULL, PRIMARY KEY (topic, subscription, partition_number))";
  }

  /** Checks that the table exists. Creates it if that is allowed. */
  public void prepare(boolean mayChange, HandlerTimeouts timeouts) {
    this.timeouts = timeouts;
    this.rules = null;
    try (Connection connection = dataSource.getConnection()) {
      connection.setAutoCommit(true);
      if (has(connection, "epoch")) {
        requireReadable(connection);
      } else {
        requireMayChange(connection, mayChange);
        create(connection);
      }
    } catch (SQLException e) {
      throw new StorageException(
          "the table '%s' for cursors can't be used: %s. Check the DataSource that was given to JdbcHandler"
              .formatted(name, e.getMessage()),
          e);
    }
  }

  private void requireReadable(Connection connection) throws SQLException {
    String url = connection.getMetaData().getURL();
    if (!has(connection, "format_version")) {
      throw new StorageException(
          "the table '%s' for cursors in %s is of a snapshot of Perille from before version 1 of its formats, and this version of Perille can't read it. Drop the table, whose cursors are then lost, or give JdbcHandler another table (withCursorTable) or another database"
              .formatted(name, url));
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT MAX(format_version) FROM " + name)) {
      row.next();
      if (row.getInt(1) > Schema.FORMAT_VERSION) {
        throw new StorageException(
            "the table '%s' for cursors in %s has cursors of format version %d, and this version of Perille reads them up to %d: start the newer version that stored them"
                .formatted(name, url, row.getInt(1), Schema.FORMAT_VERSION));
      }
    }
  }

  private void requireMayChange(Connection connection, boolean mayChange) throws SQLException {
    if (!mayChange) {
      throw new StorageException(
          "the table '%s' for cursors is missing in %s, and perille.storage.schema = validate keeps Perille from creating it: %s"
              .formatted(name, connection.getMetaData().getURL(), ddl()));
    }
  }

  private void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean unused = statement.execute(ddl());
    } catch (SQLException e) {
      // If two nodes do this at the same time, one of them fails and the table exists.
      if (!has(connection, "epoch")) {
        throw e;
      }
    }
  }

  private boolean has(Connection connection, String column) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT " + column + " FROM " + name + " WHERE partition_number < 0")) {
      return !rows.next();
    } catch (SQLException e) {
      if (e.getSQLState() != null && e.getSQLState().startsWith("42")) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Raises the epoch, which fences every earlier claim, and reads the cursor, in one transaction.
   */
  Row claim(CursorKey place) throws SQLException {
    return claim(place, 0);
  }

  /**
   * Raises the epoch above another one, which fences every earlier claim, and reads the cursor.
   *
   * <p>Both are one transaction.
   */
  Row claim(CursorKey place, long afterEpoch) throws SQLException {
    try (TransactionRules.Session session = rules().beginCursor(dataSource)) {
      try {
        return claim(session.connection(), place, afterEpoch);
      } catch (SQLException e) {
        // The worker retries, and would otherwise receive the same connection again.
        boolean unused = session.discardIfReadOnly(e);
        throw e;
      }
    }
  }

  private Row claim(Connection connection, CursorKey place, long afterEpoch) throws SQLException {
    if (!raiseEpoch(connection, place, afterEpoch)) {
      insert(connection, place, afterEpoch);
    }
    Row row = read(connection, place);
    connection.commit();
    return row;
  }

  DataSource dataSource() {
    return dataSource;
  }

  /** Returns the rules of transactions on the connections. They are determined at the first use. */
  TransactionRules rules() throws SQLException {
    TransactionRules known = rules;
    if (known == null) {
      try (Connection connection = dataSource.getConnection()) {
        known = TransactionRules.of(connection, timeouts);
      }
      rules = known;
    }
    return known;
  }

  private boolean raiseEpoch(Connection connection, CursorKey place, long afterEpoch)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE " + name + " SET epoch = GREATEST(epoch, ?) + 1" + where())) {
      update.setLong(1, afterEpoch);
      bind(update, 2, place);
      return update.executeUpdate() == 1;
    }
  }

  private void insert(Connection connection, CursorKey place, long afterEpoch) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO "
                + name
                + " (topic, subscription, partition_number, epoch, version) VALUES (?, ?, ?, ?, 0)")) {
      bind(insert, 1, place);
      insert.setLong(4, afterEpoch + 1);
      insert.executeUpdate();
    }
  }

  private Row read(Connection connection, CursorKey place) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT epoch, version, next_offset, cursor_state, cursor_apart FROM "
                + name
                + where())) {
      bind(select, 1, place);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        String state = row.getString(4);
        return new Row(
            row.getLong(1),
            row.getLong(2),
            state == null
                ? Optional.empty()
                : Optional.of(
                    new CursorState(
                        row.getLong(3), state, Objects.requireNonNullElse(row.getString(5), ""))));
      }
    }
  }

  /**
   * Moves the cursor, if the claim is the latest and the last commit is the one known.
   *
   * @return true if the cursor was moved
   */
  boolean move(Connection connection, CursorKey place, Row from, CursorState to)
      throws SQLException {
    // In one round trip with the time-outs, because the row is locked from here on.
    String settings = rules().cursorSettings();
    boolean apart = !to.apart().equals(from.cursor().map(CursorState::apart).orElse(""));
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE "
                + name
                + " SET version = version + 1, next_offset = ?, cursor_state = ?"
                + (apart ? ", cursor_apart = ?" : "")
                + where()
                + " AND epoch = ? AND version = ?"
                + (settings.isEmpty() ? "" : "; " + settings))) {
      update.setLong(1, to.nextOffset());
      update.setString(2, to.encoded());
      int next = 3;
      if (apart) {
        update.setString(next, to.apart());
        next++;
      }
      bind(update, next, place);
      update.setLong(next + 3, from.epoch());
      update.setLong(next + 4, from.version());
      return update.executeUpdate() == 1;
    }
  }

  /**
   * Returns the place of a subscription's cursors. The address has no settings, which may be
   * secret.
   */
  public CursorPlace placeOf(String topic, String subscription) {
    try (Connection connection = dataSource.getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT partition_number FROM " + name + " WHERE topic = ? AND subscription = ?")) {
      select.setString(1, topic);
      select.setString(2, subscription);
      Set<Integer> partitions = new HashSet<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          partitions.add(row.getInt(1));
        }
      }
      String url = connection.getMetaData().getURL().replaceFirst("[?;].*", "");
      String place =
          "%s, table %s"
              .formatted(url.replaceFirst("//[^/@]*@", "//"), qualified(connection.getSchema()));
      return new CursorPlace(
          place.substring(0, Math.min(CursorPlace.MAX_LENGTH, place.length())), partitions);
    } catch (SQLException e) {
      throw new StorageException(
          "the table '%s' for cursors can't be used: %s. Check the DataSource that was given to JdbcHandler"
              .formatted(name, e.getMessage()),
          e);
    }
  }

  private String qualified(String schema) {
    return name.contains(".") || schema == null ? name : schema + "." + name;
  }

  private static String where() {
    return " WHERE topic = ? AND subscription = ? AND partition_number = ?";
  }

  private static void bind(PreparedStatement statement, int first, CursorKey place)
      throws SQLException {
    statement.setString(first, place.topic);
    statement.setString(first + 1, place.subscription);
    statement.setInt(first + 2, place.partition);
  }
}
