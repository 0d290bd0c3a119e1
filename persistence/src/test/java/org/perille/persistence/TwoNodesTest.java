package org.perille.persistence;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.Perille;
import org.perille.PerilleMessage;
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
  private final List<Process> nodes = new ArrayList<>();

  record Order(String customer, long number) implements PerilleMessage {}

  /** A node that publishes for all keys, and stores what it handles under its name. */
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
      Perille perille = Perille.start(config, mails);
      for (long number = 0; perille.health().live(); number++) {
        perille.publisher(ORDERS).publishAndForget(new Order("c" + number % KEYS, number));
        TimeUnit.MILLISECONDS.sleep(10);
      }
      System.exit(3);
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
    execute("CREATE TABLE handled (id BIGSERIAL, node VARCHAR(10), key VARCHAR(10))");
  }

  @AfterEach
  void end() throws InterruptedException {
    for (Process node : nodes) {
      node.destroyForcibly().waitFor();
    }
  }

  private Process start(String name) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    for (String setting :
        List.of("profile", "postgresql.url", "postgresql.user", "postgresql.sync")) {
      String path = "perille.storage." + setting;
      command.add("-D" + path + "=" + database.config().getString(path));
    }
    command.add("-Dpekko.cluster.roles.0=" + name);
    // The tests' application.conf is patient with nodes that share a process.
    command.add("-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=3s");
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), Node.class.getName(), name));
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(name + ".log").toFile())
            .start();
    nodes.add(started);
    return started;
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

  private long keysHandledBy(String node, long after) throws SQLException {
    return number(
        "SELECT COUNT(DISTINCT key) FROM handled WHERE node = '%s' AND id > %d"
            .formatted(node, after));
  }

  private static void signal(Process process, String signal)
      throws IOException, InterruptedException {
    assertThat(new ProcessBuilder("kill", signal, String.valueOf(process.pid())).start().waitFor())
        .isZero();
  }

  /** The node with the lower address is the one that a majority of two would keep. */
  @ParameterizedTest
  @ValueSource(strings = {"-KILL first", "-KILL last", "-STOP first", "-STOP last"})
  void either_of_two_nodes_may_be_killed_or_paused_and_the_other_one_goes_on(String fault)
      throws Exception {
    start("a");
    start("b");
    for (String node : List.of("a", "b")) {
      await().atMost(180, SECONDS).until(() -> keysHandledBy(node, 0) > 0);
    }
    // Each node has its name as its role.
    long lower =
        number(
            "SELECT CASE roles WHEN 'a' THEN 0 ELSE 1 END FROM perille_node ORDER BY"
                + " split_part(address, ':', 3)::int LIMIT 1");
    int victimIndex = (int) (fault.endsWith("first") ? lower : 1 - lower);
    Process victim = nodes.get(victimIndex);
    String left = victimIndex == 0 ? "b" : "a";
    long before = number("SELECT COALESCE(MAX(id), 0) FROM handled");
    long began = System.nanoTime();
    signal(victim, fault.substring(0, 5));
    await()
        .atMost(180, SECONDS)
        .pollInterval(50, MILLISECONDS)
        .until(() -> keysHandledBy(left, before) == KEYS);
    System.out.printf(
        "%s: the other node handles all keys after %d ms%n",
        fault, Duration.ofNanos(System.nanoTime() - began).toMillis());
    if (fault.startsWith("-STOP")) {
      signal(victim, "-CONT");
      assertThat(victim.waitFor(180, SECONDS)).isTrue();
      assertThat(victim.exitValue()).isEqualTo(3);
      long resumed = number("SELECT COALESCE(MAX(id), 0) FROM handled");
      await().atMost(180, SECONDS).until(() -> keysHandledBy(left, resumed) == KEYS);
    }
  }
}
