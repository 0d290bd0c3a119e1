package org.perille.persistence.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.StorageException;
import org.perille.persistence.Databases;

/** The scripts of two versions, on both databases. */
class SchemaTest {
  private static final String NEXT = "/org/perille/persistence/schema-next.sql";

  @TempDir Path directory;

  private DataSource database(Dialect dialect) {
    return switch (dialect) {
      case H2 -> Databases.h2(directory).storage();
      case POSTGRESQL -> Databases.postgresql().storage();
    };
  }

  private static Schema next(Dialect dialect) {
    List<String> scripts =
        Stream.concat(Schema.shipped(dialect).stream(), Stream.of(NEXT)).toList();
    return new Schema(dialect, "the database", scripts);
  }

  private static void prepare(DataSource database, Schema schema, boolean mayChange)
      throws SQLException {
    try (Connection connection = database.getConnection()) {
      schema.prepare(connection, mayChange);
    }
  }

  private static String query(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getString(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void each_script_inserts_its_number(Dialect dialect) throws Exception {
    DataSource database = database(dialect);
    prepare(database, new Schema(dialect, "the database"), true);
    assertThat(query(database, "SELECT MAX(version) FROM perille_schema"))
        .isEqualTo(String.valueOf(Schema.SCRIPTS));
    assertThat(query(database, "SELECT COUNT(*) FROM perille_schema"))
        .isEqualTo(String.valueOf(Schema.SCRIPTS));
    assertThat(query(database, "SELECT MAX(format_version) FROM perille_schema"))
        .isEqualTo(String.valueOf(Schema.FORMAT_VERSION));
  }

  @ParameterizedTest
  @EnumSource
  void tables_of_an_older_version_get_the_scripts_that_they_lack(Dialect dialect) throws Exception {
    DataSource database = database(dialect);
    prepare(database, new Schema(dialect, "the database"), true);
    assertThatThrownBy(() -> prepare(database, next(dialect), false))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("are of version " + Schema.SCRIPTS)
        .hasMessageContaining("apply " + NEXT + ", in order")
        .hasMessageContaining("perille.storage.schema = migrate");
    prepare(database, next(dialect), true);
    prepare(database, next(dialect), false);
    assertThat(query(database, "SELECT COUNT(comment) FROM perille_topic")).isEqualTo("0");
  }

  @ParameterizedTest
  @EnumSource
  void a_node_of_the_older_version_refuses_the_tables_of_the_newer_one(Dialect dialect)
      throws Exception {
    DataSource database = database(dialect);
    prepare(database, next(dialect), true);
    assertThatThrownBy(() -> prepare(database, new Schema(dialect, "the database"), true))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the database are of version " + (Schema.SCRIPTS + 1))
        .hasMessageContaining("start the newer version");
  }
}
