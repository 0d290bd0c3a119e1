package org.perille.persistence;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Two processes with the default settings on one PostgreSQL. */
// Slow: each test starts processes, and waits until one is considered dead.
@Tag("slow")
class TwoNodesTest {
  private static final int KEYS = 40;

  @TempDir Path directory;
  private final Database database = Databases.postgresql();
  private NodeProcesses nodes;

  record Order(String customer, long number) implements PerilleMessage {}

  /**
   * A node that publishes for all keys, and stores what it handles under its name. It holds one
   * publisher for its whole life.
   */
  static final class Node {
    private static final Topic<Order> ORDERS =
        Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(8);

    private Node() {}

    public static void main(String[] arguments) throws InterruptedException {
      Config config = ConfigFactory.load();
      HikariDataSource source = new HikariDataSource();
      source.setJdbcUrl(config.getString("perille.storage.postgresql.url"));
      source.setUsername("postgres");
      Subscription<Order> mails =
          Subscription.of("mails", ORDERS)
              .atLeastOnce(delivery -> store(source, arguments[0], delivery.payload()));
      Publisher<Order> publisher = Perille.start(config, mails).publisher(ORDERS);
      for (long number = 0; true; number++) {
        try {
          publisher.publishAndForget(new Order("c" + number % KEYS, number));
        } catch (PublishRefusedException e) {
          if (e.reason() == Reason.STOPPED) {
            return;
          }
        }
        TimeUnit.MILLISECONDS.sleep(10);
      }
    }

    private static void store(HikariDataSource source, String node, Order order)
        throws SQLException {
      try (Connection connection = source.getConnection();
          PreparedStatement insert =
              connection.prepareStatement("INSERT INTO handled (node, key) VALUES (?, ?)")) {
        insert.setString(1, node);
        insert.setString(2, order.customer());
        insert.executeUpdate();
      }
    }
  }

  @BeforeEach
  void createTable() throws SQLException {
    nodes = new NodeProcesses(Node.class, database, directory);
    execute("CREATE TABLE handled (id BIGSERIAL, node VARCHAR(10), key VARCHAR(10))");
  }

  @AfterEach
  void end() throws InterruptedException {
    nodes.end();
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private long number(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }

  private long lastHandled() throws SQLException {
    return number("SELECT COALESCE(MAX(id), 0) FROM handled");
  }

  private long keysHandledBy(String node, long after) throws SQLException {
    return number(
        "SELECT COUNT(DISTINCT key) FROM handled WHERE node = '%s' AND id > %d"
            .formatted(node, after));
  }

  private void awaitBoth(long after) {
    for (String node : List.of("a", "b")) {
      await().atMost(180, SECONDS).until(() -> keysHandledBy(node, after) > 0);
    }
  }

  private void awaitAlone(String node, long after) {
    await()
        .atMost(180, SECONDS)
        .pollInterval(50, MILLISECONDS)
        .until(() -> keysHandledBy(node, after) == KEYS);
  }

  /** The node with the lower address is the one that a majority of two would keep. */
  @ParameterizedTest
  @ValueSource(strings = {"-KILL first", "-KILL last", "-STOP first", "-STOP last"})
  void either_of_two_nodes_may_be_killed_or_paused_and_the_other_one_goes_on(String fault)
      throws Exception {
    Process a = nodes.start("a");
    Process b = nodes.start("b");
    awaitBoth(0);
    // Each node has its name as its role.
    long lower =
        number(
            "SELECT CASE roles WHEN 'a' THEN 0 ELSE 1 END FROM perille_node ORDER BY"
                + " split_part(address, ':', 3)::int LIMIT 1");
    boolean isFirst = fault.endsWith("first") == (lower == 0);
    Process victim = isFirst ? a : b;
    String left = isFirst ? "b" : "a";
    long before = lastHandled();
    long began = System.nanoTime();
    NodeProcesses.signal(victim, fault.substring(0, 5));
    awaitAlone(left, before);
    System.out.printf(
        "%s: the other node handles all keys after %d ms%n",
        fault, Duration.ofNanos(System.nanoTime() - began).toMillis());
    if (fault.startsWith("-STOP")) {
      NodeProcesses.signal(victim, "-CONT");
      // It starts again in its process, and its publisher goes on working.
      awaitBoth(lastHandled());
      assertThat(victim.isAlive()).isTrue();
    }
  }

  @Test
  void a_node_that_was_downed_ends_its_process_if_that_is_configured() throws Exception {
    Process a = nodes.start("a", "perille.cluster.when-downed=exit");
    nodes.start("b");
    awaitBoth(0);
    long before = lastHandled();
    NodeProcesses.signal(a, "-STOP");
    awaitAlone("b", before);
    NodeProcesses.signal(a, "-CONT");
    assertThat(a.waitFor(180, SECONDS)).isTrue();
    assertThat(a.exitValue()).isEqualTo(1);
    awaitAlone("b", lastHandled());
  }
}
