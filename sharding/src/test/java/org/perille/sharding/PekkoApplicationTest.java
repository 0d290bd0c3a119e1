package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

class PekkoApplicationTest {
  record Text(String key) implements PerilleMessage {}

  private static final Topic<Text> TEXTS =
      Topic.of("guests", Text.class).keyedBy(Text::key).withPartitions(2);

  private static final String[] CLUSTER = {
    "pekko.actor.provider = cluster",
    "pekko.remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }",
    "pekko.cluster.jmx.multi-mbeans-in-same-jvm = on",
    "pekko.persistence.typed.stash-overflow-strategy = fail"
  };

  @Test
  void an_application_with_an_actor_system_of_its_own_publishes_and_handles() throws Exception {
    Config config =
        Memory.config(
            String.join("\n", CLUSTER),
            "pekko.cluster.downing-provider-class ="
                + " \"org.apache.pekko.cluster.sbr.SplitBrainResolverProvider\"");
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "application", config);
    try (Perille perille = Perille.get(system)) {
      Cluster.get(system).manager().tell(Join.create(Cluster.get(system).selfMember().address()));
      Queue<String> seen = new ConcurrentLinkedQueue<>();
      perille.register(
          Subscription.of("s", TEXTS).atLeastOnce(delivery -> seen.add(delivery.key())));
      assertThat(Perille.get(system)).isSameAs(perille);
      perille.publisher(TEXTS).publish(new Text("k")).toCompletableFuture().get(180, SECONDS);
      await().atMost(180, SECONDS).until(() -> seen.contains("k"));
      assertThat(perille.health().ready()).isTrue();
    }
    assertThat(system.getWhenTerminated()).succeedsWithin(Duration.ofMinutes(3));
  }

  @Test
  void an_actor_system_that_could_keep_dead_nodes_for_ever_is_refused() {
    assertRefused("pekko.cluster.downing-provider-class");
  }

  @Test
  void an_actor_system_that_drops_what_it_has_no_room_for_is_refused() {
    assertRefused(
        "pekko.persistence.typed.stash-overflow-strategy",
        "pekko.persistence.typed.stash-overflow-strategy = drop");
  }

  private static void assertRefused(String named, String... settings) {
    ActorSystem<Void> system =
        ActorSystem.create(
            Behaviors.empty(),
            "application",
            Memory.config(String.join("\n", CLUSTER), String.join("\n", settings)));
    try {
      assertThatThrownBy(() -> Perille.get(system))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(named);
    } finally {
      system.terminate();
    }
  }
}
