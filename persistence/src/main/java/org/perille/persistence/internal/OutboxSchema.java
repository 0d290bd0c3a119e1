package org.perille.persistence.internal;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.perille.StorageException;

/**
 * The tables of an outbox, updated by numbered scripts, each of which is applied once.
 *
 * <p>They are in the application's database, so they have a version of their own. Several nodes may
 * start at the same time.
 */
final class OutboxSchema {
  /** The number of scripts of this version of Perille, for each database. */
  static final int SCRIPTS = 1;

  /** Serializes the nodes of one process. An embedded database has no lock for this. */
  private static final Object ONE_AT_A_TIME = new Object();

  private static final String SCHEMA_TABLE = "perille_outbox_schema";

  private final Dialect dialect;
  private final String url;

  OutboxSchema(Dialect dialect, String url) {
    this.dialect = dialect;
    this.url = url;
  }

  /**
   * Checks the tables, and updates them if that is allowed.
   *
   * @throws StorageException if they are of a newer version, or of an older one and must not be
   *     changed, or the database is read-only
   */
  void prepare(Connection connection, boolean mayChange) throws SQLException {
    synchronized (ONE_AT_A_TIME) {
      boolean autoCommit = connection.getAutoCommit();
      connection.setAutoCommit(false);
      try {
        dialect.lockSchema(connection);
        int version = version(connection);
        if (version < SCRIPTS) {
          requireMayChange(version, mayChange);
        }
        Schema.requireWritable(dialect, connection, url);
        migrate(connection, version);
        connection.commit();
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(autoCommit);
      }
    }
  }

  private int version(Connection connection) throws SQLException {
    Set<String> tables = tables(connection);
    if (!tables.contains(SCHEMA_TABLE)) {
      if (tables.contains("perille_outbox")) {
        throw new StorageException(
            "%s has the table perille_outbox without the table %s, which has its version: was it restored or copied only in part? Restore all tables perille_outbox*, or drop them if they have no rows"
                .formatted(url, SCHEMA_TABLE));
      }
      return 0;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT MAX(version) FROM " + SCHEMA_TABLE)) {
      row.next();
      int version = row.getInt(1);
      if (version > SCRIPTS) {
        throw new StorageException(
            "the tables of the outbox in %s are of version %d, and this version of Perille supports them up to %d: start the newer version that created them"
                .formatted(url, version, SCRIPTS));
      }
      return version;
    }
  }

  private static Set<String> tables(Connection connection) throws SQLException {
    DatabaseMetaData database = connection.getMetaData();
    Set<String> tables = new HashSet<>();
    try (ResultSet table =
        database.getTables(
            connection.getCatalog(), connection.getSchema(), null, new String[] {"TABLE"})) {
      while (table.next()) {
        tables.add(table.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
      }
    }
    if (tables.isEmpty()) {
      // H2 calls them otherwise.
      try (ResultSet table =
          database.getTables(connection.getCatalog(), connection.getSchema(), null, null)) {
        while (table.next()) {
          tables.add(table.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
        }
      }
    }
    return tables;
  }

  private void requireMayChange(int version, boolean mayChange) {
    if (!mayChange) {
      throw new StorageException(
          "the tables of the outbox in %s are of version %d, this version of Perille needs %d, and perille.storage.schema = validate keeps it from changing them: apply %s, in order (in the jar of perille-persistence); or set perille.storage.schema = migrate"
              .formatted(url, version, SCRIPTS, String.join(", ", scripts(version))));
    }
  }

  private List<String> scripts(int from) {
    return IntStream.rangeClosed(from + 1, SCRIPTS)
        .mapToObj(
            number ->
                "/org/perille/persistence/outbox/%s/%03d.sql"
                    .formatted(dialect.directory(), number))
        .toList();
  }

  private void migrate(Connection connection, int from) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String script : scripts(from)) {
        // The body of a function has semicolons, but no empty lines.
        for (String sql : (Schema.read(script) + "\n").split(";\\s*\n\\s*\n", -1)) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
      }
    }
  }
}
