package org.perille.persistence;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.PublishRefusedException.Reason;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Two processes on one PostgreSQL that are restarted in turn by SIGTERM, as in a deployment. */
// Slow: twenty restarts of a process.
@Tag("slow")
class RollingRestartTest {
  private static final int RESTARTS = 20;
  private static final int KEYS = 40;

  /** The exit code of a JVM that SIGTERM has ended. */
  private static final int TERMINATED = 143;

  @TempDir Path directory;
  private final Database database = Databases.postgresql();
  private NodeProcesses nodes;

  record Order(String customer, String number) implements PerilleMessage {}

  /** A node that publishes until it stops, and stores each outcome and each handled message. */
  static final class Node {
    private static final Topic<Order> ORDERS =
        Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(8);

    private final HikariDataSource source = new HikariDataSource();
    private final String name;

    private Node(Config config, String name) {
      this.name = name + ProcessHandle.current().pid();
      source.setJdbcUrl(config.getString("perille.storage.postgresql.url"));
      source.setUsername("postgres");
    }

    public static void main(String[] arguments) throws Exception {
      Config config = ConfigFactory.load();
      new Node(config, arguments[0]).run(config);
    }

    private void run(Config config) throws InterruptedException {
      Perille perille =
          Perille.start(
              config,
              Subscription.of("mails", ORDERS)
                  .atLeastOnce(delivery -> store("handled", delivery.payload().number())));
      store("ready", name);
      Publisher<Order> publisher = perille.publisher(ORDERS);
      boolean stopped = false;
      for (long number = 0; !stopped; number++) {
        String order = name + "-" + number;
        stopped =
            publisher
                .publish(new Order("c" + number % KEYS, order))
                .handle((receipt, failure) -> record(order, failure))
                .toCompletableFuture()
                .getNow(false);
        TimeUnit.MILLISECONDS.sleep(5);
      }
    }

    /** Stores an outcome, and returns whether the node has stopped. */
    private boolean record(String order, Throwable failure) {
      boolean stopped =
          failure instanceof PublishRefusedException refused && refused.reason() == Reason.STOPPED;
      if (failure == null) {
        store("published", order);
      } else if (!stopped) {
        store("failed", order + ": " + failure);
      }
      return stopped;
    }

    private void store(String what, String order) {
      try (Connection connection = source.getConnection();
          PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO outcome (kind, node, number) VALUES (?, ?, ?)")) {
        insert.setString(1, what);
        insert.setString(2, name);
        insert.setString(3, order);
        insert.executeUpdate();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  @BeforeEach
  void createTable() throws SQLException {
    nodes = new NodeProcesses(Node.class, database, directory);
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE outcome (id BIGSERIAL, kind VARCHAR(10), node VARCHAR(20), number TEXT)");
    }
  }

  @AfterEach
  void end() throws InterruptedException {
    nodes.end();
  }

  private List<String> strings(String sql) throws SQLException {
    List<String> strings = new ArrayList<>();
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        strings.add(rows.getString(1));
      }
    }
    return strings;
  }

  private void awaitOutcome(String kind, String name, Process process) {
    await()
        .atMost(180, SECONDS)
        .pollInterval(50, MILLISECONDS)
        .until(
            () ->
                !strings(
                        "SELECT number FROM outcome WHERE kind = '%s' AND node = '%s%d' LIMIT 1"
                            .formatted(kind, name, process.pid()))
                    .isEmpty());
  }

  /** Every other restart stops a node that has just started. */
  @Test
  void nodes_are_restarted_in_turn_and_no_request_fails_and_nothing_is_handled_twice()
      throws Exception {
    Map<String, Process> running = new HashMap<>();
    for (String name : List.of("a", "b")) {
      running.put(name, nodes.start(name));
    }
    running.forEach((name, process) -> awaitOutcome("handled", name, process));
    for (int restart = 0; restart < RESTARTS; restart++) {
      String name = restart % 4 < 2 ? "a" : "b";
      Process stopping = running.get(name);
      long began = System.nanoTime();
      NodeProcesses.signal(stopping, "-TERM");
      assertThat(stopping.waitFor(180, SECONDS)).isTrue();
      System.out.printf(
          "restart %d: stopped after %d ms%n",
          restart, Duration.ofNanos(System.nanoTime() - began).toMillis());
      assertThat(stopping.exitValue()).isEqualTo(TERMINATED);
      Process next = nodes.start(name);
      running.put(name, next);
      awaitOutcome(restart % 2 == 0 ? "ready" : "handled", name, next);
    }
    for (Process process : running.values()) {
      NodeProcesses.signal(process, "-TERM");
      assertThat(process.waitFor(180, SECONDS)).isTrue();
    }
    // One more node handles the rest.
    Process last = nodes.start("c");
    await()
        .atMost(180, SECONDS)
        .until(
            () ->
                strings(
                        "SELECT number FROM outcome WHERE kind = 'published' EXCEPT"
                            + " SELECT number FROM outcome WHERE kind = 'handled'")
                    .stream()
                    .noneMatch(number -> !number.startsWith("c")));
    NodeProcesses.signal(last, "-TERM");
    assertThat(last.waitFor(180, SECONDS)).isTrue();
    assertThat(strings("SELECT number FROM outcome WHERE kind = 'failed'")).isEmpty();
    assertThat(
            strings(
                "SELECT number FROM outcome WHERE kind = 'handled' GROUP BY number HAVING COUNT(*) > 1"))
        .isEmpty();
    for (String name : List.of("a", "b")) {
      assertThat(Files.readString(nodes.log(name)))
          .doesNotContain("was downed")
          .doesNotContain("downs itself")
          .doesNotContain("Marking node as DOWN");
    }
  }
}
