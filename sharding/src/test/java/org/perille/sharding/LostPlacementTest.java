package org.perille.sharding;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.pekko.actor.AbstractActor;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Props;
import org.apache.pekko.actor.Terminated;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

/**
 * Goal: every partition is on some node. Fault: the coordinator believes that a region has some of
 * them, and that region is gone.
 *
 * <p>So it is when a process was restarted at its address while the coordinator moved. The test
 * registers such a region. It takes shards and does nothing, and ends with the coordinator, whose
 * successor can find that out.
 */
// Slow: a shard is missing for four checks before it is taken for lost.
@Tag("slow")
class LostPlacementTest {
  record Text(String key) implements PerilleMessage {}

  private static final Topic<Text> TEXTS =
      Topic.of("texts", Text.class).keyedBy(Text::key).withPartitions(4);
  private static final String COORDINATOR =
      "/system/sharding/perille-partitionCoordinator/singleton/coordinator";

  /** The events in the life of a region. */
  private record Life(
      CompletableFuture<Void> registered,
      CompletableFuture<Void> hasShards,
      CompletableFuture<Void> ended) {
    Life() {
      this(new CompletableFuture<>(), new CompletableFuture<>(), new CompletableFuture<>());
    }
  }

  /** A region that takes shards and runs none of them. */
  private static final class DeadRegion extends AbstractActor {
    private final Life life;

    DeadRegion(Life life) {
      this.life = life;
    }

    @Override
    public void preStart() throws ReflectiveOperationException {
      // Java has no name for a class within a Scala object.
      Object register =
          Class.forName("org.apache.pekko.cluster.sharding.ShardCoordinator$Internal$Register")
              .getConstructor(ActorRef.class)
              .newInstance(getSelf());
      getContext().actorSelection(COORDINATOR).tell(register, getSelf());
    }

    @Override
    public void postStop() {
      life.ended.complete(null);
    }

    @Override
    public Receive createReceive() {
      return receiveBuilder()
          .match(Terminated.class, ended -> getContext().stop(getSelf()))
          .matchAny(this::onAny)
          .build();
    }

    private void onAny(Object message) {
      switch (message.getClass().getSimpleName()) {
        case "RegisterAck" -> {
          getContext().watch(getSender());
          life.registered.complete(null);
        }
        case "HostShard" -> life.hasShards.complete(null);
        case "GetShardRegionStats$" ->
            getSender()
                .tell(
                    new ShardRegion.ShardRegionStats(
                        scala.collection.immutable.Map$.MODULE$.empty(),
                        scala.collection.immutable.Set$.MODULE$.empty()),
                    getSelf());
        default -> {
          // A message for a shard, which is lost.
        }
      }
    }
  }

  @Test
  void partitions_that_a_vanished_region_is_believed_to_have_are_placed_anew() throws Exception {
    try (Perille perille =
        Perille.start(
            Memory.config(
                "perille.publisher.timeout = 3m",
                "pekko.remote.artery.canonical.port = 0",
                "perille.cluster.coordinator-timeout = 1s",
                "perille.subscription.stop-timeout = 500ms",
                "pekko.cluster.split-brain-resolver.stable-after = 1s",
                "pekko.cluster.sharding.handoff-timeout = 7s",
                "pekko.cluster.sharding.coordinator-failure-backoff = 100ms"))) {
      ActorSystem system = Adapter.toClassic(perille.system());
      await().atMost(180, SECONDS).ignoreExceptions().until(() -> coordinator(system) != null);
      Life region = new Life();
      ((ExtendedActorSystem) system)
          .systemActorOf(Props.create(DeadRegion.class, () -> new DeadRegion(region)), "dead");
      region.registered.get(180, SECONDS);
      Set<String> handled = ConcurrentHashMap.newKeySet();
      perille.register(
          Subscription.of("reading", TEXTS)
              .atLeastOnce(
                  delivery -> {
                    handled.add(delivery.key());
                  }));
      for (int key = 0; key < 16; key++) {
        perille.publisher(TEXTS).publish(new Text("key-" + key));
      }
      region.hasShards.get(180, SECONDS);
      region.ended.get(180, SECONDS);
      await().atMost(180, SECONDS).untilAsserted(() -> assertThat(handled).hasSize(16));
      await().atMost(180, SECONDS).until(() -> perille.health().problems().isEmpty());
    }
  }

  private static ActorRef coordinator(ActorSystem system) throws Exception {
    return system
        .actorSelection(COORDINATOR)
        .resolveOne(Duration.ofSeconds(1))
        .toCompletableFuture()
        .get();
  }
}
