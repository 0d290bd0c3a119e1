package org.perille.persistence;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.H2Storage;
import org.perille.persistence.internal.PostgresqlStorage;

/**
 * The tables of version 1, which are the same on both databases and never change.
 *
 * <p>{@code schema-1.txt} lists them. Where a line begins with {@code postgresql:}, only PostgreSQL
 * has the table: the nodes of an embedded database are all in its process.
 */
class FrozenSchemaTest {
  private static final String ONLY_POSTGRESQL = "postgresql:";

  @TempDir Path directory;

  /** A new script gets a line here when it is published. */
  @ParameterizedTest
  @CsvSource({
    "h2/001.sql, 52bf6e01ae0454b442320b2eabd6e866f78a7a9690f1c1f5799bb3ace4190908",
    "postgresql/001.sql, a97a12fa441987412118c71a8571ba449656f047a459b377fcdf1fcc630660e3",
  })
  void a_script_never_changes(String script, String checksum) throws Exception {
    String text = resource("schema/" + script).replace("\r\n", "\n");
    assertThat(
            HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8))))
        .as(
            "%s is frozen: databases exist that were created by it. Restore it, and add a new script with the next number for each database",
            script)
        .isEqualTo(checksum);
  }

  @Test
  void the_tables_on_h2_are_those_of_version_1() throws Exception {
    Database database = Databases.h2(directory);
    new H2Storage().prepare(database.config());
    assertThat(SchemaListing.of(database.storage().getConnection())).isEqualTo(listed(false));
    assertThat(cursorTable(database)).isEqualTo(lines("cursor-table-1.txt"));
  }

  @Test
  void the_tables_on_postgresql_are_those_of_version_1() throws Exception {
    Database database = Databases.postgresql();
    new PostgresqlStorage().prepare(database.config());
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT attstorage FROM pg_attribute WHERE attrelid = 'perille_journal'::regclass"
                    + " AND attname = 'event_payload'")) {
      row.next();
      assertThat(row.getString(1)).as("the storage of events, 'e' for EXTERNAL").isEqualTo("e");
    }
    assertThat(SchemaListing.of(database.storage().getConnection())).isEqualTo(listed(true));
    assertThat(cursorTable(Databases.postgresql())).isEqualTo(lines("cursor-table-1.txt"));
  }

  private static List<String> cursorTable(Database database) throws SQLException {
    JdbcHandler.<String>of(database.application(), (connection, delivery) -> {})
        .prepare(database.config());
    // The table has the name that the application chooses, so its key has none in the statement.
    return SchemaListing.of(database.application().getConnection()).stream()
        .map(line -> line.replaceFirst("primary key \\w+", "primary key"))
        .toList();
  }

  private static List<String> listed(boolean postgresql) throws IOException {
    return lines("schema-1.txt").stream()
        .filter(line -> postgresql || !line.startsWith(ONLY_POSTGRESQL))
        .map(line -> line.replace(ONLY_POSTGRESQL, ""))
        .toList();
  }

  private static List<String> lines(String name) throws IOException {
    return resource(name).lines().filter(line -> !line.startsWith("#")).toList();
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = FrozenSchemaTest.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
