package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Handler;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** The relay of an outbox on several nodes of a cluster, which are in one JVM. */
class OutboxClusterTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();

  /** The numbers by the places where they are stored. */
  private final Map<String, Integer> stored = new ConcurrentHashMap<>();

  private int last;

  @AfterEach
  void stop() {
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  private Perille start(Definition... outboxes) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.port",
                    0,
                    "pekko.cluster.split-brain-resolver.stable-after",
                    "1s",
                    // Long, so that rows in time show that commits are notified.
                    "perille.outbox.poll-interval",
                    "10m"))
            .withFallback(database.config());
    List<Definition> all = new ArrayList<>(List.of(outboxes));
    all.add(Subscription.of("seen", ORDERS).atLeastOnce((Handler<Order>) this::store));
    Perille started = Perille.start(config, all.toArray(Definition[]::new));
    nodes.add(started);
    return started;
  }

  private void store(Delivery<Order> delivery) {
    stored.put(delivery.partition() + "/" + delivery.offset(), delivery.payload().number());
  }

  private void sell(Outbox outbox, int transactions) throws SQLException {
    for (int i = 0; i < transactions; i++) {
      try (Connection connection = outbox.dataSource().getConnection()) {
        connection.setAutoCommit(false);
        outbox.publish(connection, ORDERS, new Order("c" + last % 7, ++last));
        outbox.publish(connection, ORDERS, new Order("c" + last % 7, ++last));
        connection.commit();
      }
    }
  }

  private void awaitAllOnce() {
    await()
        .atMost(120, SECONDS)
        .untilAsserted(() -> assertThat(Set.copyOf(stored.values())).hasSize(last));
    Map<Integer, Integer> times = new HashMap<>();
    stored.values().forEach(number -> times.merge(number, 1, Integer::sum));
    assertThat(times.values()).containsOnly(1);
  }

  private static String address(Perille node) {
    return Cluster.get(node.system()).selfMember().address().toString();
  }

  private static void awaitRelay(Outbox outbox, Perille node) {
    await()
        .atMost(120, SECONDS)
        .until(() -> outbox.status().node().equals(Optional.of(address(node))));
  }

  @Test
  void a_node_that_registered_the_outbox_relays_and_another_one_follows_it() throws Exception {
    // The oldest node doesn't know the outbox.
    Perille without = start();
    Outbox second = Outbox.of(database.application());
    Perille relaying = start(second);
    Outbox third = Outbox.of(database.application());
    Perille other = start(third);
    sell(second, 20);
    awaitAllOnce();
    awaitRelay(second, relaying);

    // A commit on a node that doesn't relay notifies the one that does.
    sell(third, 20);
    awaitAllOnce();
    awaitRelay(third, relaying);

    sell(third, 20);
    relaying.close();
    nodes.remove(relaying);
    sell(third, 20);
    awaitRelay(third, other);
    sell(third, 1);
    awaitAllOnce();
    await().atMost(120, SECONDS).until(() -> third.status().waiting() == 0);
    assertThat(without.health().live()).isTrue();
  }
}
