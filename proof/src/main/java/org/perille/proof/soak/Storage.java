package org.perille.proof.soak;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.perille.persistence.internal.H2DataSource;

/** The database of an endurance run. */
interface Storage {
  /** The user and the database of an embedded PostgreSQL. */
  String POSTGRES = "postgres";

  /** Returns the settings of nodes. */
  Map<String, Object> settings();

  /** Returns connections for handlers and measurements. */
  DataSource database();

  /** Returns the size in bytes. */
  long bytes();

  /** Returns an H2 file in a directory. */
  static Storage h2(Path directory) {
    H2DataSource database = new H2DataSource();
    database.setDirectory(directory.toString());
    database.setSync(false);
    database.setUser("sa");
    database.setPassword("");
    return new Storage() {
      @Override
      public Map<String, Object> settings() {
        return Map.of(
            "perille.storage.h2.directory", directory.toString(), "perille.storage.h2.sync", false);
      }

      @Override
      public DataSource database() {
        return database;
      }

      @Override
      public long bytes() {
        try (Stream<Path> files = Files.walk(directory)) {
          return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }

  /** Returns a PostgreSQL server that is already running. */
  static Storage postgresql(EmbeddedPostgres server) {
    DataSource database = server.getPostgresDatabase();
    return new Storage() {
      @Override
      public Map<String, Object> settings() {
        return Map.of(
            "perille.storage.profile",
            "postgresql",
            "perille.storage.postgresql.url",
            server.getJdbcUrl(POSTGRES, POSTGRES),
            "perille.storage.postgresql.user",
            POSTGRES);
      }

      @Override
      public DataSource database() {
        return database;
      }

      @Override
      public long bytes() {
        try (Connection connection = database.getConnection();
            Statement statement = connection.createStatement();
            ResultSet row = statement.executeQuery("SELECT pg_database_size(current_database())")) {
          row.next();
          return row.getLong(1);
        } catch (SQLException e) {
          throw new IllegalStateException("the size of the database can't be asked for", e);
        }
      }
    };
  }
}
