package org.perille.persistence.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.perille.StorageException;

/**
 * The tables of Perille's storage, updated by numbered scripts, each of which is applied once.
 *
 * <p>It uses one connection and one transaction. Several nodes may start at the same time.
 */
final class Schema {
  /** The number of scripts of this version of Perille. */
  static final int VERSION = 7;

  /** Serializes the nodes of one process. An embedded database has no lock for this. */
  private static final Object ONE_AT_A_TIME = new Object();

  private final Dialect dialect;
  private final String url;

  Schema(Dialect dialect, String url) {
    this.dialect = dialect;
    this.url = url;
  }

  /**
   * Checks the tables, and updates them if that is allowed.
   *
   * @throws StorageException if they are of a newer version, or of an older one and must not be
   *     changed
   */
  void prepare(Connection connection, boolean mayChange) throws SQLException {
    synchronized (ONE_AT_A_TIME) {
      connection.setAutoCommit(false);
      try {
        dialect.lockSchema(connection);
        int version = version(connection);
        if (version > VERSION) {
          throw new StorageException(
              "the tables in %s are of version %d, and this version of Perille supports them up to %d: start the newer version that created them"
                  .formatted(url, version, VERSION));
        }
        if (version < VERSION) {
          requireMayChange(version, mayChange);
          requireWritable(connection);
          migrate(connection, version);
        } else {
          requireWritable(connection);
        }
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      }
    }
  }

  private void requireMayChange(int version, boolean mayChange) {
    if (!mayChange) {
      throw new StorageException(
          "the tables in %s are of version %d, this version of Perille needs %d, and perille.storage.schema = validate keeps it from changing them: apply %s, in order, and insert their numbers into perille_schema; or set perille.storage.schema = migrate"
              .formatted(url, version, VERSION, scripts(version)));
    }
  }

  private String scripts(int version) {
    StringBuilder names = new StringBuilder(script(version + 1));
    for (int next = version + 2; next <= VERSION; next++) {
      names.append(", ").append(script(next));
    }
    return names + " (in the jar of perille-persistence)";
  }

  private String script(int version) {
    return "/org/perille/persistence/schema/%s/%03d.sql".formatted(dialect.directory(), version);
  }

  private void requireWritable(Connection connection) throws SQLException {
    boolean readOnly = connection.isReadOnly();
    if (!readOnly && dialect == Dialect.POSTGRESQL) {
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("SHOW transaction_read_only")) {
        readOnly = result.next() && result.getString(1).equals("on");
      }
    }
    if (readOnly) {
      throw new StorageException(
          "%s is read-only: Perille needs to write; is it a standby server, or a file without write permission?"
              .formatted(url));
    }
  }

  private int version(Connection connection) throws SQLException {
    try (ResultSet tables =
        connection
            .getMetaData()
            .getTables(connection.getCatalog(), connection.getSchema(), null, null)) {
      boolean found = false;
      while (tables.next()) {
        found |= tables.getString("TABLE_NAME").equalsIgnoreCase("perille_schema");
      }
      if (!found) {
        return 0;
      }
    }
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT MAX(version) FROM perille_schema")) {
      return result.next() ? result.getInt(1) : 0;
    }
  }

  private void migrate(Connection connection, int from) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS perille_schema (version INTEGER PRIMARY KEY, applied_at"
              + " TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL)");
      for (int next = from + 1; next <= VERSION; next++) {
        for (String sql : read(script(next)).split(";\\s*\n", -1)) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
        try (PreparedStatement insert =
            connection.prepareStatement("INSERT INTO perille_schema (version) VALUES (?)")) {
          insert.setInt(1, next);
          insert.executeUpdate();
        }
      }
    }
  }

  private static String read(String script) {
    try (InputStream in = Schema.class.getResourceAsStream(script)) {
      if (in == null) {
        throw new IllegalStateException("the script " + script + " is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8) + "\n";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
