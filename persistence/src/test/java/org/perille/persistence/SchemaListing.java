package org.perille.persistence;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The tables of Perille in a database, as text that is the same for the same schema. */
final class SchemaListing {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("bigint", "bigint"),
          Map.entry("int8", "bigint"),
          Map.entry("bigserial", "bigint"),
          Map.entry("integer", "integer"),
          Map.entry("int4", "integer"),
          Map.entry("boolean", "boolean"),
          Map.entry("bool", "boolean"),
          Map.entry("character varying", "varchar"),
          Map.entry("varchar", "varchar"),
          Map.entry("character large object", "text"),
          Map.entry("text", "text"),
          Map.entry("binary large object", "bytes"),
          Map.entry("bytea", "bytes"),
          Map.entry("timestamp", "timestamp"),
          Map.entry("timestamp with time zone", "timestamp with time zone"),
          Map.entry("timestamptz", "timestamp with time zone"));

  /** The size that drivers report for a type without a limit. */
  private static final int UNLIMITED = 1_000_000_000;

  private SchemaListing() {}

  /** Lists tables, columns, primary keys, indexes and sequences, and closes the connection. */
  static List<String> of(Connection connection) throws SQLException {
    try (connection) {
      DatabaseMetaData database = connection.getMetaData();
      List<String> lines = new ArrayList<>();
      for (String table : names(connection, "TABLE", "BASE TABLE")) {
        lines.add("table " + table.toLowerCase(Locale.ROOT));
        columns(connection, table, lines);
        primaryKey(connection, table, lines);
        indexes(connection, table, lines);
      }
      if (database.getDatabaseProductName().equals("PostgreSQL")) {
        try (Statement statement = connection.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid ="
                        + " c.relnamespace AND n.nspname = current_schema() WHERE c.relkind = 'S'"
                        + " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND"
                        + " d.deptype IN ('a', 'i')) ORDER BY 1")) {
          while (row.next()) {
            lines.add("sequence " + row.getString(1));
          }
        }
      }
      return lines;
    }
  }

  private static List<String> names(Connection connection, String... kinds) throws SQLException {
    List<String> names = new ArrayList<>();
    try (ResultSet row =
        connection
            .getMetaData()
            .getTables(connection.getCatalog(), connection.getSchema(), null, kinds)) {
      while (row.next()) {
        names.add(row.getString("TABLE_NAME"));
      }
    }
    names.sort(String.CASE_INSENSITIVE_ORDER);
    return names;
  }

  private static void columns(Connection connection, String table, List<String> lines)
      throws SQLException {
    try (ResultSet row =
        connection
            .getMetaData()
            .getColumns(connection.getCatalog(), connection.getSchema(), table, null)) {
      while (row.next()) {
        String type = TYPES.get(row.getString("TYPE_NAME").toLowerCase(Locale.ROOT));
        int size = row.getInt("COLUMN_SIZE");
        boolean generated = row.getString("IS_AUTOINCREMENT").equals("YES");
        String value = row.getString("COLUMN_DEF");
        lines.add(
            "  column %s %s%s%s%s"
                .formatted(
                    row.getString("COLUMN_NAME").toLowerCase(Locale.ROOT),
                    type.equals("varchar") ? varchar(size) : type,
                    row.getString("IS_NULLABLE").equals("NO") ? " not null" : "",
                    generated ? " generated" : "",
                    generated || value == null ? "" : " default " + literal(value)));
      }
    }
  }

  private static String varchar(int size) {
    return size < UNLIMITED ? "varchar(" + size + ")" : "text";
  }

  private static String literal(String value) {
    return value.toLowerCase(Locale.ROOT).replaceFirst("::.*", "");
  }

  private static void primaryKey(Connection connection, String table, List<String> lines)
      throws SQLException {
    Map<Integer, String> columns = new TreeMap<>();
    String name = "";
    try (ResultSet row =
        connection
            .getMetaData()
            .getPrimaryKeys(connection.getCatalog(), connection.getSchema(), table)) {
      while (row.next()) {
        columns.put(row.getInt("KEY_SEQ"), row.getString("COLUMN_NAME"));
        name = row.getString("PK_NAME");
      }
    }
    lines.add("  primary key " + shown(name, columns));
  }

  /** Lists the indexes except that of the primary key, whose name H2 chooses. */
  private static void indexes(Connection connection, String table, List<String> lines)
      throws SQLException {
    Map<String, Map<Integer, String>> indexes = new TreeMap<>();
    try (ResultSet row =
        connection
            .getMetaData()
            .getIndexInfo(connection.getCatalog(), connection.getSchema(), table, false, false)) {
      while (row.next()) {
        String name = row.getString("INDEX_NAME");
        if (name != null && !name.endsWith("_pkey") && !name.startsWith("PRIMARY_KEY")) {
          indexes
              .computeIfAbsent(
                  (row.getBoolean("NON_UNIQUE") ? "  index " : "  unique index ") + name,
                  unused -> new TreeMap<>())
              .put(row.getInt("ORDINAL_POSITION"), row.getString("COLUMN_NAME"));
        }
      }
    }
    indexes.forEach((name, columns) -> lines.add(shown(name, columns)));
  }

  private static String shown(String name, Map<Integer, String> columns) {
    return (name + " (" + String.join(", ", columns.values()) + ")").toLowerCase(Locale.ROOT);
  }
}
