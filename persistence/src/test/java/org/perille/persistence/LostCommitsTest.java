package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Topic;

/**
 * Goal: the log of a partition has no gap. Fault: the database fails over to a server without the
 * last commits, while the partition lives on.
 */
class LostCommitsTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(1);

  @TempDir Path directory;

  @Test
  void a_partition_that_lives_through_it_begins_anew_where_its_log_ends() throws Exception {
    EmbeddedPostgres server = start(0);
    try {
      int port = server.getPort();
      try (Perille perille = Perille.start(config(port), ORDERS)) {
        for (int number = 0; number < 5; number++) {
          assertThat(publish(perille, number)).isEqualTo(number);
        }
        // The rows are Activated and five batches.
        execute(server, "DELETE FROM perille_journal WHERE sequence_number > 4");
        server.close();
        server = start(port);
        assertThat(publish(perille, 5)).isEqualTo(3);
        assertThat(publish(perille, 6)).isEqualTo(4);
      }
      try (Perille perille = Perille.start(config(port), ORDERS)) {
        assertThat(publish(perille, 7)).isEqualTo(5);
      }
      try (Connection connection = server.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement();
          ResultSet row =
              statement.executeQuery(
                  "SELECT COUNT(*), MAX(sequence_number) FROM perille_journal WHERE persistence_id LIKE '%orders%'")) {
        row.next();
        assertThat(row.getLong(1)).isEqualTo(row.getLong(2)).isPositive();
      }
    } finally {
      server.close();
    }
  }

  /** Starts a server on the same data. */
  private EmbeddedPostgres start(int port) throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(false)
            .setServerConfig("fsync", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("synchronous_commit", "on");
    return (port == 0 ? builder : builder.setPort(port)).start();
  }

  private static Config config(int port) {
    return ConfigFactory.parseMap(
            Map.of(
                "perille.storage.profile", "postgresql",
                "perille.storage.postgresql.url",
                    "jdbc:postgresql://localhost:" + port + "/postgres",
                "perille.storage.postgresql.user", "postgres"))
        .withFallback(ConfigFactory.load());
  }

  private static long publish(Perille perille, int number) throws Exception {
    return perille
        .publisher(ORDERS)
        .publish(new Order("anna", number), MessageId.of("o" + number))
        .toCompletableFuture()
        .get(180, SECONDS)
        .offset();
  }

  private static void execute(EmbeddedPostgres server, String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
