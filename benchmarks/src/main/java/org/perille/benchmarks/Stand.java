package org.perille.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;

/** A fresh PostgreSQL server that forces every commit to the disk, and how to use it. */
final class Stand implements AutoCloseable {
  private final EmbeddedPostgres postgres;

  private Stand(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  static Stand start() throws IOException, SQLException {
    Stand stand =
        new Stand(
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("full_page_writes", "on")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("max_wal_size", "4GB")
                .start());
    stand.require("fsync");
    stand.require("full_page_writes");
    stand.require("synchronous_commit");
    return stand;
  }

  private void require(String setting) throws SQLException {
    try (Connection connection = postgres.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        ResultSet value = statement.executeQuery("SHOW " + setting)) {
      if (!value.next() || !value.getString(1).equals("on")) {
        throw new IllegalStateException(setting + " is not on: the figures would mean nothing");
      }
    }
  }

  Config config() {
    return ConfigFactory.parseMap(
            Map.of(
                "perille.storage.profile", "postgresql",
                "perille.storage.postgresql.url", postgres.getJdbcUrl("postgres", "postgres"),
                "perille.storage.postgresql.user", "postgres"))
        .withFallback(ConfigFactory.load());
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
