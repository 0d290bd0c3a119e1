package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Health;
import org.perille.Perille;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.PostgresqlStorage;

/** Nodes on one PostgreSQL that know no addresses of each other. */
class DiscoveryTest {
  private static final String COLUMNS =
      "INSERT INTO perille_node (number, cluster, address, uid, roles, version, interval_millis,"
          + " started, counted, count, state, machine) VALUES ";

  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(Perille::close);
  }

  private CompletableFuture<Perille> starting(String settings) {
    Config config = ConfigFactory.parseString(settings).withFallback(database.config());
    return CompletableFuture.supplyAsync(() -> Perille.start(config));
  }

  private Perille start() {
    Perille started = starting("").join();
    nodes.add(started);
    return started;
  }

  private List<Perille> startAtOnce(int count) {
    List<CompletableFuture<Perille>> starts =
        IntStream.range(0, count).mapToObj(node -> starting("")).toList();
    List<Perille> started = starts.stream().map(CompletableFuture::join).toList();
    nodes.addAll(started);
    return started;
  }

  private static String address(Perille node) {
    return Cluster.get(node.system()).selfMember().address().toString();
  }

  private static Set<String> members(Perille node) {
    return StreamSupport.stream(
            Cluster.get(node.system()).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .map(member -> member.address().toString())
        .collect(Collectors.toSet());
  }

  private static void awaitOneCluster(List<Perille> nodes) {
    Set<String> addresses = nodes.stream().map(DiscoveryTest::address).collect(Collectors.toSet());
    await()
        .atMost(180, SECONDS)
        .untilAsserted(
            () -> assertThat(nodes).allSatisfy(n -> assertThat(members(n)).isEqualTo(addresses)));
    assertThat(nodes).allMatch(node -> node.health().ready());
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long count(String sql) throws SQLException {
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM " + sql)) {
      count.next();
      return count.getLong(1);
    }
  }

  @Test
  void nodes_that_start_at_once_on_an_empty_database_are_one_cluster() throws Exception {
    List<Perille> started = startAtOnce(3);
    awaitOneCluster(started);
    assertThat(count("(SELECT DISTINCT cluster FROM perille_node) clusters")).isEqualTo(1);
  }

  @Test
  void a_node_joins_whatever_is_left_and_forms_a_cluster_if_nothing_is() {
    Perille first = start();
    Perille second = start();
    first.close();
    Perille third = start();
    awaitOneCluster(List.of(second, third));
    second.close();
    third.close();
    Perille next = start();
    awaitOneCluster(List.of(next));
  }

  @Test
  void after_a_crash_of_all_nodes_those_that_start_are_one_cluster() throws Exception {
    new PostgresqlStorage().prepare(database.config());
    execute(
        COLUMNS
            + "(-3, -3, 'pekko://perille@127.0.0.1:1', 1, '', '1', 1000, now(), now(), 9, 'MEMBER', ''),"
            + "(-2, -3, 'pekko://perille@127.0.0.1:2', 2, '', '1', 1000, now(), now(), 8, 'MEMBER', ''),"
            + "(-1, -1, 'pekko://perille@127.0.0.1:3', 3, '', '1', 1000, now(), now(), 7, 'FORMING', '')");
    awaitOneCluster(startAtOnce(2));
    assertThat(count("perille_node WHERE number < 0")).isZero();
  }

  /** The clock of another machine is only in its own log. Here the whole entry is hours off. */
  @Test
  void clocks_do_not_matter() throws Exception {
    Perille first = start();
    execute("UPDATE perille_node SET started = now() + interval '3 hours'");
    Perille second = start();
    awaitOneCluster(List.of(first, second));
  }

  @Test
  void a_process_that_holds_the_lock_delays_a_start_and_does_not_prevent_it() throws Exception {
    new PostgresqlStorage().prepare(database.config());
    CompletableFuture<Perille> start;
    try (Connection holder = database.storage().getConnection();
        Statement statement = holder.createStatement()) {
      holder.setAutoCommit(false);
      statement.execute("SELECT pg_advisory_xact_lock(7374553)");
      start = starting("");
      await()
          .atMost(180, SECONDS)
          .until(() -> count("pg_locks WHERE locktype = 'advisory' AND NOT granted") > 0);
      assertThat(start).isNotDone();
    }
    Perille started = start.join();
    nodes.add(started);
    assertThat(started.health()).matches(Health::ready);
  }

  @Test
  void a_member_that_can_not_be_reached_is_named_with_the_setting() throws Exception {
    new PostgresqlStorage().prepare(database.config());
    execute(
        COLUMNS
            + "(-3, -3, 'pekko://perille@127.0.0.1:1', 1, '', '1', 1000, now(), now(), 9, 'MEMBER', '')");
    CompletableFuture<Perille> start = starting("perille.cluster.start-timeout = 5s");
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              execute("UPDATE perille_node SET count = count + 1 WHERE number = -3");
              return start.isDone();
            });
    assertThatThrownBy(start::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(ConfigurationException.class)
        .hasMessageContaining("127.0.0.1:1")
        .hasMessageContaining("pekko.remote.artery.canonical.hostname");
    // The node that has failed leaves nothing behind.
    assertThat(count("perille_node")).isEqualTo(1);
  }

  @Test
  void a_node_with_seed_nodes_and_one_without_are_one_cluster() {
    Perille first = start();
    Perille second =
        starting("pekko.cluster.seed-nodes = [\"%s\"]".formatted(address(first))).join();
    nodes.add(second);
    Perille third = start();
    awaitOneCluster(List.of(first, second, third));
  }
}
