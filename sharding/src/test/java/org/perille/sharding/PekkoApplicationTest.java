package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.Test;
import org.perille.ConfigurationException;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.Publisher;
import org.perille.Subscription;
import org.perille.Topic;
import org.slf4j.LoggerFactory;

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
    ActorSystem<Void> system = application();
    try (Perille perille = Perille.get(system)) {
      Cluster.get(system).manager().tell(Join.create(Cluster.get(system).selfMember().address()));
      Queue<String> seen = new ConcurrentLinkedQueue<>();
      perille.register(
          Subscription.of("s", TEXTS).atLeastOnce(delivery -> seen.add(delivery.key())));
      assertThat(Perille.get(system)).isSameAs(perille);
      perille.publisher(TEXTS).publish(new Text("k")).toCompletableFuture().get(180, SECONDS);
      await().atMost(180, SECONDS).until(() -> seen.contains("k"));
      assertThat(perille.health().ready()).isTrue();
    } finally {
      system.terminate();
    }
    assertThat(system.getWhenTerminated()).succeedsWithin(Duration.ofMinutes(3));
  }

  @Test
  void the_log_says_once_what_a_node_is_under_the_name_of_its_class() {
    Logger logger =
        (Logger) LoggerFactory.getLogger("org.perille.sharding.internal.bootstrap.PerilleNode");
    Logger root = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.setLevel(Level.INFO);
    root.addAppender(log);
    ActorSystem<Void> system = application();
    try (Perille perille = Perille.get(system)) {
      Cluster.get(system).manager().tell(Join.create(Cluster.get(system).selfMember().address()));
      perille.register(TEXTS);
      perille.register(Subscription.of("later", TEXTS).atLeastOnce(delivery -> {}));
    } finally {
      root.detachAppender(log);
      logger.setLevel(null);
      system.terminate();
    }
    assertThat(log.list)
        .filteredOn(event -> event.getFormattedMessage().contains("Perille is ready"))
        .extracting(ILoggingEvent::getLoggerName)
        .containsExactly(logger.getName());
  }

  @Test
  void closing_stops_everything_of_perille_and_leaves_the_application_s_actor_system_alone()
      throws Exception {
    ActorSystem<Void> system = application();
    try {
      Perille perille = Perille.get(system);
      Cluster.get(system).manager().tell(Join.create(Cluster.get(system).selfMember().address()));
      Queue<String> seen = new ConcurrentLinkedQueue<>();
      Subscription<Text> durable =
          Subscription.of("durable", TEXTS).atLeastOnce(delivery -> seen.add(delivery.key()));
      Subscription<Text> ephemeral =
          Subscription.of("ephemeral", TEXTS).ephemeral(delivery -> seen.add(delivery.key()));
      perille.register(durable, ephemeral);
      Publisher<Text> publisher = perille.publisher(TEXTS);
      publisher.publish(new Text("k")).toCompletableFuture().get(180, SECONDS);
      await().atMost(180, SECONDS).until(() -> seen.contains("k"));
      // A region that stops before all its workers are placed waits for them, for ever on one node.
      await()
          .atMost(180, SECONDS)
          .until(
              () ->
                  perille
                      .subscription(durable)
                      .status()
                      .toCompletableFuture()
                      .get(180, SECONDS)
                      .partitions()
                      .stream()
                      .allMatch(partition -> partition.nextOffset().isPresent()));

      perille.close();

      assertThat(system.getWhenTerminated()).isNotDone();
      assertThat(Cluster.get(system).selfMember().status()).isEqualTo(MemberStatus.up());
      // Some actors and the thread stop a moment later.
      await().atMost(180, SECONDS).until(() -> running(system).isEmpty());
      await().atMost(180, SECONDS).until(() -> !heartbeats());
      assertThat(perille.health().live()).isFalse();
      assertThatThrownBy(() -> publisher.publish(new Text("late")).toCompletableFuture().join())
          .hasCauseInstanceOf(PublishRefusedException.class);
      assertThatThrownBy(
              () ->
                  perille.publisher(TEXTS).publish(new Text("later")).toCompletableFuture().join())
          .hasCauseInstanceOf(PublishRefusedException.class);
      assertThatThrownBy(() -> perille.register(TEXTS)).isInstanceOf(IllegalStateException.class);
      assertThat(perille.subscription(durable).status()).failsWithin(Duration.ofMinutes(3));
      assertThat(Perille.get(system)).isSameAs(perille);
      perille.close();
    } finally {
      system.terminate();
    }
    assertThat(system.getWhenTerminated()).succeedsWithin(Duration.ofMinutes(3));
  }

  private static boolean heartbeats() {
    return Thread.getAllStackTraces().keySet().stream()
        .anyMatch(thread -> thread.getName().equals("perille-heartbeat"));
  }

  private static ActorSystem<Void> application() {
    return ActorSystem.create(
        Behaviors.empty(),
        "application",
        Memory.config(
            String.join("\n", CLUSTER),
            "pekko.cluster.downing-provider-class ="
                + " \"org.apache.pekko.cluster.sbr.SplitBrainResolverProvider\""));
  }

  /**
   * Returns the actors of publishers, partitions and workers. Sharding keeps its coordinators, and
   * states of keys can still be read.
   */
  private static List<String> running(ActorSystem<?> system) {
    return ((org.apache.pekko.actor.ExtendedActorSystem) Adapter.toClassic(system))
        .printTree()
        .lines()
        .filter(line -> line.contains("perille"))
        .filter(line -> !line.matches(".*(Coordinator|ShardCommandDelegator|key-reader).*"))
        .toList();
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
