package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Health;
import org.perille.Perille;
import org.perille.persistence.Databases.Database;

class PostgresqlOneClusterTest extends OneClusterContract {
  @Override
  Database database(Path directory) {
    return Databases.postgresql();
  }

  @Override
  Config alone(Config config) {
    int port = freePort();
    return ConfigFactory.parseMap(
            Map.of(
                "pekko.remote.artery.canonical.port",
                port,
                "pekko.cluster.seed-nodes",
                List.of("pekko://perille@127.0.0.1:" + port)))
        .withFallback(config);
  }

  private static int freePort() {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void insertOlderNode(Database database) throws SQLException {
    execute(
        database,
        "INSERT INTO perille_node (number, cluster, address, uid, roles, version, interval_millis,"
            + " started, counted, count, state, machine) VALUES (-1, -1,"
            + " 'pekko://perille@elsewhere:25520', 1, '', '1', 1000, now(), now(), 0, 'MEMBER', '')");
  }

  private static void execute(Database database, String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long nodes(Database database) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM perille_node")) {
      count.next();
      return count.getLong(1);
    }
  }

  @Test
  void a_node_that_was_killed_is_in_nobodys_way_and_an_end_leaves_nothing() throws Exception {
    Database database = database(directory);
    Perille.start(database.config()).close();
    assertThat(nodes(database)).isZero();
    insertOlderNode(database);
    try (Perille perille = Perille.start(database.config())) {
      assertThat(perille.health()).matches(Health::ready);
      assertThat(nodes(database)).isEqualTo(1);
    }
  }

  @Test
  void a_running_node_gives_in_to_an_older_cluster() throws Exception {
    Database database = database(directory);
    Perille perille = Perille.start(database.config());
    insertOlderNode(database);
    await()
        .atMost(60, SECONDS)
        .until(
            () -> {
              execute(
                  database,
                  "UPDATE perille_node SET count = count + 1, counted = now() WHERE number = -1");
              return !perille.health().live();
            });
    perille.system().getWhenTerminated().toCompletableFuture().get(60, SECONDS);
  }

  @Test
  void a_node_whose_entry_was_removed_makes_a_new_one_and_goes_on() throws Exception {
    Database database = database(directory);
    try (Perille perille = Perille.start(database.config())) {
      execute(database, "DELETE FROM perille_node");
      await().atMost(60, SECONDS).until(() -> nodes(database) == 1);
      assertThat(perille.health()).matches(Health::ready);
    }
  }

  private static Config joining(Database database, Perille member) {
    String address = Cluster.get(member.system()).selfMember().address().toString();
    return ConfigFactory.parseMap(Map.of("pekko.cluster.seed-nodes", List.of(address)))
        .withFallback(database.config());
  }

  @Test
  void a_node_on_another_database_does_not_remain_in_the_cluster_that_it_has_joined()
      throws Exception {
    Database database = database(directory);
    Database copy = database(directory);
    try (Perille first = Perille.start(database.config())) {
      ActorSystem<?> running = first.system();
      assertThatThrownBy(() -> Perille.start(joining(copy, first)).close())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(Cluster.get(first.system()).selfMember().address().toString())
          .hasMessageContaining("use another one")
          .hasMessageContaining("perille.storage")
          .hasMessageContaining("seed-nodes");
      assertThat(nodes(copy)).isZero();
      assertThat(first.health().ready()).isTrue();
      assertThat(first.system()).isSameAs(running);
      // One on its database does.
      try (Perille second = Perille.start(joining(database, first))) {
        assertThat(second.health().ready()).isTrue();
        assertThat(nodes(database)).isEqualTo(2);
      }
    }
  }
}
