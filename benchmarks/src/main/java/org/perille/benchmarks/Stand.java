package org.perille.benchmarks;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.Map;

/** A fresh PostgreSQL server that forces every commit to the disk, and how to use it. */
final class Stand implements AutoCloseable {
  private final EmbeddedPostgres postgres;

  private Stand(EmbeddedPostgres postgres) {
    this.postgres = postgres;
  }

  static Stand start() throws IOException {
    return new Stand(
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_wal_size", "4GB")
            .start());
  }

  Config config() {
    return ConfigFactory.load(
        ConfigFactory.parseMap(
            Map.of(
                "perille.storage.profile", "postgresql",
                "perille.storage.postgresql.url", postgres.getJdbcUrl("postgres", "postgres"),
                "perille.storage.postgresql.user", "postgres")));
  }

  @Override
  public void close() throws IOException {
    postgres.close();
  }
}
