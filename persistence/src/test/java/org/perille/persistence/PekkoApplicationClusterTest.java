package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Two nodes of an application with actor systems of its own. One stops Perille and goes on. */
class PekkoApplicationClusterTest {
  record Note(String key, int number) implements PerilleMessage {}

  private static final int NOTES = 50;
  private static final Topic<Note> TOPIC =
      Topic.of("notes", Note.class).keyedBy(Note::key).withPartitions(4);

  private final Database database = Databases.postgresql();
  private final Queue<Integer> handled = new ConcurrentLinkedQueue<>();
  private final Subscription<Note> mail =
      Subscription.of("mail", TOPIC)
          .atLeastOnce(delivery -> handled.add(delivery.payload().number()));
  private ActorSystem<Void> first;
  private ActorSystem<Void> second;

  @BeforeEach
  void start() {
    first = application();
    second = application();
    for (ActorSystem<Void> system : List.of(first, second)) {
      Cluster.get(system).manager().tell(Join.create(Cluster.get(first).selfMember().address()));
    }
    Awaitility.await()
        .atMost(180, SECONDS)
        .until(() -> membersUp(first) == 2 && membersUp(second) == 2);
  }

  @AfterEach
  void stop() throws Exception {
    for (ActorSystem<Void> system : List.of(second, first)) {
      system.terminate();
      system.getWhenTerminated().toCompletableFuture().get(180, SECONDS);
    }
  }

  private ActorSystem<Void> application() {
    return ActorSystem.create(
        Behaviors.empty(),
        "application",
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.actor.provider",
                    "cluster",
                    "pekko.remote.artery.canonical.hostname",
                    "127.0.0.1",
                    "pekko.remote.artery.canonical.port",
                    0,
                    "pekko.cluster.jmx.multi-mbeans-in-same-jvm",
                    "on",
                    "pekko.cluster.downing-provider-class",
                    "org.apache.pekko.cluster.sbr.SplitBrainResolverProvider",
                    "pekko.persistence.typed.stash-overflow-strategy",
                    "fail"))
            .withFallback(database.config()));
  }

  private static long membersUp(ActorSystem<?> system) {
    ClusterEvent.CurrentClusterState state = Cluster.get(system).state();
    long up = 0;
    for (var member : state.getMembers()) {
      up += member.status() == MemberStatus.up() ? 1 : 0;
    }
    return up;
  }

  private void publish(Perille perille, int from) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int number = from; number < from + NOTES; number++) {
      receipts.add(
          perille
              .publisher(TOPIC)
              .publish(new Note("key " + number % 10, number))
              .toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(180, SECONDS);
    }
  }

  @Test
  void a_node_that_stops_perille_hands_over_and_its_actor_system_remains_a_member()
      throws Exception {
    Perille leaving = Perille.get(first).register(mail);
    Perille staying = Perille.get(second).register(mail);
    publish(leaving, 0);
    publish(staying, NOTES);

    leaving.close();

    assertThat(first.getWhenTerminated()).isNotDone();
    assertThat(membersUp(second)).isEqualTo(2);
    publish(staying, 2 * NOTES);
    Awaitility.await().atMost(180, SECONDS).until(() -> handled.size() >= 3 * NOTES);
    assertThat(handled).hasSize(3 * NOTES).doesNotHaveDuplicates();
    assertThat(staying.health().ready()).isTrue();
    assertThat(leaving.health().live()).isFalse();
  }

  @Test
  void older_members_of_the_cluster_need_not_run_perille() {
    try (Perille perille = Perille.get(second)) {
      Awaitility.await()
          .atMost(180, SECONDS)
          .untilAsserted(() -> assertThat(nodes()).containsExactly("MEMBER"));
      assertThat(perille.health().ready()).isTrue();
    }
  }

  private List<String> nodes() throws SQLException {
    List<String> states = new ArrayList<>();
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT state FROM perille_node")) {
      while (rows.next()) {
        states.add(rows.getString(1));
      }
    }
    return states;
  }
}
