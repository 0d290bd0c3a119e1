package org.perille.persistence;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perille.StorageException;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.PostgresqlStorage;

class PostgresqlSchemaTest extends SchemaContract {
  @Override
  Database database(Path directory) {
    return Databases.durablePostgresql();
  }

  @Override
  Connection connect(Database database) throws SQLException {
    return database.application().getConnection();
  }

  @Override
  Map<String, String> unreachable(Path directory) {
    return Map.of(
        "perille.storage.postgresql.url", "jdbc:postgresql://127.0.0.1:1/none?password=secret");
  }

  @Test
  void a_read_only_server_is_refused() throws Exception {
    Database database = Databases.durablePostgresql();
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "ALTER DATABASE " + connection.getCatalog() + " SET default_transaction_read_only = on");
    }
    assertThatThrownBy(() -> new PostgresqlStorage().prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("read-only");
  }

  @Test
  void a_server_that_confirms_what_it_may_lose_is_refused_unless_that_is_allowed()
      throws Exception {
    Database database = Databases.durablePostgresql();
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "ALTER DATABASE " + connection.getCatalog() + " SET synchronous_commit = off");
    }
    PostgresqlStorage storage = new PostgresqlStorage();
    assertThatThrownBy(() -> storage.prepare(database.config()))
        .isInstanceOf(StorageException.class)
        .message()
        .contains("synchronous_commit = off", "perille.storage.postgresql.sync = off")
        .doesNotContain("fsync = off");
    storage.prepare(
        ConfigFactory.parseMap(Map.of("perille.storage.postgresql.sync", "off"))
            .withFallback(database.config()));
  }

  @Test
  void an_error_shows_no_password() {
    Database database = Databases.durablePostgresql();
    var config = ConfigFactory.parseMap(unreachable(Path.of("."))).withFallback(database.config());
    assertThatThrownBy(() -> new PostgresqlStorage().prepare(config))
        .satisfies(
            e ->
                org.assertj.core.api.Assertions.assertThat(e.getMessage())
                    .doesNotContain("secret"));
  }
}
