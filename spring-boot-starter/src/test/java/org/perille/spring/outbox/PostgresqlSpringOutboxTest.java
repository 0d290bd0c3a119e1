package org.perille.spring.outbox;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.util.List;
import org.junit.jupiter.api.AfterAll;

/** PostgreSQL and JPA. Perille's storage uses the same connections. */
class PostgresqlSpringOutboxTest extends SpringOutboxContract {
  private EmbeddedPostgres server;

  @Override
  List<String> settings() throws Exception {
    server =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "off")
            .setServerConfig("full_page_writes", "off")
            .setServerConfig("synchronous_commit", "off")
            .start();
    return List.of(
        "spring.datasource.url=" + server.getJdbcUrl("postgres", "postgres"),
        "spring.datasource.hikari.maximum-pool-size=20",
        "spring.jpa.hibernate.ddl-auto=none",
        "perille.storage.postgresql.sync=off");
  }

  @AfterAll
  @Override
  void stop() throws Exception {
    super.stop();
    server.close();
  }
}
