package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Several nodes in one JVM, with real connections, that find each other in one PostgreSQL. */
class ClusterTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(8);

  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();
  private final ConcurrentLinkedQueue<Delivery<Order>> handled = new ConcurrentLinkedQueue<>();
  private final Map<Integer, Set<Integer>> nodesThatHandled = new ConcurrentHashMap<>();

  @AfterEach
  void stop() {
    // The first node has logs in every test: without it the others would wait for its partitions.
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  private Perille start(Definition... definitions) {
    return start("", List.of(), definitions);
  }

  private Perille start(String partitionRole, List<String> roles, Definition... definitions) {
    return start("none", partitionRole, roles, definitions);
  }

  private Perille start(
      String compression, String partitionRole, List<String> roles, Definition... definitions) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "perille.compression.type",
                    compression,
                    "pekko.remote.artery.canonical.port",
                    0,
                    "pekko.cluster.roles",
                    roles,
                    "perille.cluster.partition-role",
                    partitionRole))
            .withFallback(database.config());
    Perille started = Perille.start(config, definitions);
    nodes.add(started);
    return started;
  }

  private Subscription<Order> mails(int node) {
    return Subscription.of("mails", ORDERS)
        .atLeastOnce(
            delivery -> {
              handled.add(delivery);
              nodesThatHandled
                  .computeIfAbsent(node, n -> ConcurrentHashMap.newKeySet())
                  .add(delivery.partition());
            });
  }

  private static CompletableFuture<Receipt> publish(Perille node, int number) {
    return node.publisher(ORDERS)
        .publish(new Order("c" + number % 50, number), MessageId.of("o" + number))
        .toCompletableFuture();
  }

  @Test
  void work_spreads_over_the_nodes_and_a_node_that_leaves_loses_and_repeats_nothing()
      throws Exception {
    for (int node = 0; node < 3; node++) {
      start(mails(node));
    }
    publish(nodes.get(0), -1).get(180, SECONDS);
    AtomicBoolean stop = new AtomicBoolean();
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> {
              for (int number = 0; !stop.get(); number++) {
                CompletableFuture<Receipt> receipt = publish(nodes.get(0), number);
                receipts.add(receipt);
                receipt.join();
              }
            });
    await().atMost(180, SECONDS).until(() -> nodesThatHandled.size() == 3);
    nodes.get(2).close();
    int before = handled.size();
    await().atMost(180, SECONDS).until(() -> handled.size() > before + 200);
    stop.set(true);
    publishing.get(180, SECONDS);
    int published = receipts.size() + 1;
    await()
        .atMost(180, SECONDS)
        .until(
            () -> handled.stream().map(d -> d.payload().number()).distinct().count() == published);
    assertThat(handled).hasSize(published);
    for (int customer = 0; customer < 50; customer++) {
      String key = "c" + customer;
      assertThat(handled.stream().filter(d -> d.key().equals(key)).map(Delivery::offset))
          .isSorted();
    }
  }

  @Test
  void messages_of_partitions_that_only_the_oldest_node_has_used_are_handled_when_it_has_left()
      throws Exception {
    Perille oldest =
        start(
            Subscription.of("mails", ORDERS)
                .atLeastOnce(
                    delivery -> {
                      throw new IllegalStateException("planned: not on this node");
                    })
                .withRetries(RetryPolicy.fixed(Duration.ofSeconds(1)).withUnlimitedAttempts()));
    start(mails(1));
    List<Receipt> receipts = new ArrayList<>();
    for (int number = 0; number < 100; number++) {
      receipts.add(publish(oldest, number).get(180, SECONDS));
    }
    assertThat(receipts).extracting(Receipt::partition).contains(0, 1, 2, 3, 4, 5, 6, 7);
    oldest.close();
    nodes.remove(oldest);
    await()
        .atMost(180, SECONDS)
        .until(() -> handled.stream().map(d -> d.payload().number()).distinct().count() == 100);
  }

  @Test
  void roles_say_which_nodes_keep_logs_handle_or_only_publish() throws Exception {
    Subscription<Order> mails = mails(1).onNodesWithRole("mail");
    start("log", List.of("log"), ORDERS);
    start("log", List.of("mail"), mails);
    Perille publishing = start("log", List.of("web"), ORDERS);
    publish(publishing, 1).get(180, SECONDS);
    await().atMost(180, SECONDS).until(() -> handled.size() == 1);
    assertThat(nodesThatHandled).containsOnlyKeys(1);
    assertThat(nodes).allMatch(node -> node.health().ready());
  }

  @Test
  void compressed_batches_pass_between_nodes_with_different_settings() throws Exception {
    start("none", "log", List.of("log"), ORDERS);
    start("none", "log", List.of("mail"), mails(1).onNodesWithRole("mail"));
    for (String compression : List.of("lz4", "zstd")) {
      start(compression, "log", List.of(compression), ORDERS);
    }
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int number = 0; number < 1000; number++) {
      receipts.add(publish(nodes.get(1 + number % 3), number));
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(180, SECONDS);
    }
    await().atMost(180, SECONDS).until(() -> handled.size() == 1000);
    assertThat(handled)
        .extracting(delivery -> delivery.payload().number())
        .containsExactlyInAnyOrderElementsOf(IntStream.range(0, 1000).boxed().toList());
    assertThat(rowsWithManifest("batch-appended")).isPositive();
    assertThat(rowsWithManifest("batch-appended-compressed")).isPositive();
  }

  private int rowsWithManifest(String manifest) throws SQLException {
    try (Connection connection = database.storage().getConnection();
        PreparedStatement query =
            connection.prepareStatement(
                "SELECT COUNT(*) FROM perille_journal WHERE event_ser_manifest = ?")) {
      query.setString(1, manifest);
      try (ResultSet rows = query.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }
}
