package org.perille.persistence.internal;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.perille.StorageException;

/**
 * The tables of Perille's storage, updated by numbered scripts, each of which is applied once.
 *
 * <p>Each script inserts a row with its number into {@code perille_schema}. The row also has the
 * version of the formats of what is stored in the tables. Snapshots of Perille from before the
 * first version of the formats had no such column: their tables are refused.
 *
 * <p>It uses one connection and one transaction. Several nodes may start at the same time.
 */
final class Schema {
  /** The version of the formats of what is stored: events, snapshots, cursors. */
  static final int FORMAT_VERSION = 1;

  /** The number of scripts of this version of Perille, for each database. */
  static final int SCRIPTS = 1;

  /** Serializes the nodes of one process. An embedded database has no lock for this. */
  private static final Object ONE_AT_A_TIME = new Object();

  private static final String SCHEMA_TABLE = "perille_schema";

  /** All other tables, of any version. A table of cursors belongs to the application's database. */
  private static final Set<String> TABLES =
      Set.of(
          "perille_journal",
          "perille_snapshot",
          "perille_topic",
          "perille_subscription",
          "perille_node",
          "perille_lease");

  private final Dialect dialect;
  private final String url;
  private final List<String> scripts;

  Schema(Dialect dialect, String url) {
    this(dialect, url, shipped(dialect));
  }

  /**
   * Creates a schema of other scripts.
   *
   * @param scripts their names on the class path, in the order of their numbers, from 1 on
   */
  Schema(Dialect dialect, String url, List<String> scripts) {
    this.dialect = dialect;
    this.url = url;
    this.scripts = List.copyOf(scripts);
  }

  /** Returns the scripts of this version of Perille, in their order. */
  static List<String> shipped(Dialect dialect) {
    return IntStream.rangeClosed(1, SCRIPTS)
        .mapToObj(
            number ->
                "/org/perille/persistence/schema/%s/%03d.sql"
                    .formatted(dialect.directory(), number))
        .toList();
  }

  /**
   * Checks the tables, and updates them if that is allowed.
   *
   * @throws StorageException if they are of a newer version or of a snapshot from before version 1,
   *     or of an older version and must not be changed
   */
  void prepare(Connection connection, boolean mayChange) throws SQLException {
    synchronized (ONE_AT_A_TIME) {
      connection.setAutoCommit(false);
      try {
        dialect.lockSchema(connection);
        int version = version(connection);
        if (version < scripts.size()) {
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

  /** Returns the number of the last script that was applied. */
  private int version(Connection connection) throws SQLException {
    Set<String> tables = tables(connection);
    if (!tables.contains(SCHEMA_TABLE)) {
      tables.retainAll(TABLES);
      if (!tables.isEmpty()) {
        throw new StorageException(
            "%s has tables of Perille (%s) without the table %s, which has their version: it can't be used. Was it restored or copied only in part? %s"
                .formatted(url, String.join(", ", tables), SCHEMA_TABLE, dialect.otherDatabase()));
      }
      return 0;
    }
    requireFormats(connection);
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT MAX(version), MAX(format_version) FROM perille_schema")) {
      row.next();
      int version = row.getInt(1);
      int format = row.getInt(2);
      if (version > scripts.size() || format > FORMAT_VERSION) {
        throw new StorageException(
            "the tables in %s are of version %d (format version %d), and this version of Perille supports them up to %d (format version %d): start the newer version that created them"
                .formatted(url, version, format, scripts.size(), FORMAT_VERSION));
      }
      return version;
    }
  }

  private void requireFormats(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT * FROM perille_schema ORDER BY version DESC")) {
      for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
        if (row.getMetaData().getColumnName(column).equalsIgnoreCase("format_version")) {
          return;
        }
      }
      throw new StorageException(
          "%s was created by a snapshot of Perille from before version 1 of its formats (found: schema version %s, without a format version). This version of Perille can't read what is stored there, and has changed nothing. There is no conversion. %s"
              .formatted(
                  url, row.next() ? row.getString("version") : "0", dialect.otherDatabase()));
    }
  }

  private static Set<String> tables(Connection connection) throws SQLException {
    Set<String> tables = new TreeSet<>();
    try (ResultSet table =
        connection
            .getMetaData()
            .getTables(connection.getCatalog(), connection.getSchema(), null, null)) {
      while (table.next()) {
        tables.add(table.getString("TABLE_NAME").toLowerCase(Locale.ROOT));
      }
    }
    return tables;
  }

  private void requireMayChange(int version, boolean mayChange) {
    if (!mayChange) {
      throw new StorageException(
          "the tables in %s are of version %d, this version of Perille needs %d, and perille.storage.schema = validate keeps it from changing them: apply %s, in order (in the jar of perille-persistence); or set perille.storage.schema = migrate"
              .formatted(
                  url,
                  version,
                  scripts.size(),
                  String.join(", ", scripts.subList(version, scripts.size()))));
    }
  }

  private void requireWritable(Connection connection) throws SQLException {
    requireWritable(dialect, connection, url);
  }

  /**
   * Requires a database that can be written to.
   *
   * @throws StorageException if it is read-only
   */
  static void requireWritable(Dialect dialect, Connection connection, String url)
      throws SQLException {
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

  private void migrate(Connection connection, int from) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String script : scripts.subList(from, scripts.size())) {
        for (String sql : read(script).split(";\\s*\n", -1)) {
          if (!sql.isBlank()) {
            statement.execute(sql);
          }
        }
      }
    }
  }

  /** Returns the text of a script on the class path. */
  static String read(String script) {
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
