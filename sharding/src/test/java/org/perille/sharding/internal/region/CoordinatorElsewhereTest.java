package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.junit.jupiter.api.Test;
import org.perille.internal.NodeProblems;
import org.perille.sharding.internal.bootstrap.TwoNodes;

/** In a rolling upgrade an old node may be the oldest one. It doesn't place new shards. */
class CoordinatorElsewhereTest {
  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final Config CONFIG =
      ConfigFactory.parseString(
              "pekko { actor.provider = cluster, remote.artery.canonical { hostname = \"127.0.0.1\", port = 0 }, cluster.jmx.multi-mbeans-in-same-jvm = on }")
          .withFallback(ConfigFactory.load());

  private static ActorSystem<Void> node() {
    return ActorSystem.create(Behaviors.empty(), "upgrade", CONFIG);
  }

  private static boolean isUp(ActorSystem<?> system, int members) {
    int[] count = {0};
    Cluster.get(system).state().getMembers().forEach(member -> count[0]++);
    return count[0] == members
        && Cluster.get(system)
            .selfMember()
            .status()
            .equals(org.apache.pekko.cluster.MemberStatus.up());
  }

  @Test
  void what_the_oldest_node_does_not_know_is_said_to_wait_for_it() {
    ActorSystem<Void> old = node();
    ActorSystem<Void> fresh = node();
    try {
      var seed = Cluster.get(old).selfMember().address();
      Cluster.get(old).manager().tell(Join.create(seed));
      await().atMost(TIMEOUT).until(() -> isUp(old, 1));
      Cluster.get(fresh).manager().tell(Join.create(seed));
      await().atMost(TIMEOUT).until(() -> isUp(fresh, 2));
      ActorRef<CoordinatorWatch.Command> watch =
          fresh.systemActorOf(
              CoordinatorWatch.create(Duration.ofSeconds(1)), "watch", Props.empty());
      watch.tell(new CoordinatorWatch.Watch(Shards.of("new", Optional.empty(), Set::of)));
      await()
          .atMost(TIMEOUT)
          .untilAsserted(
              () ->
                  assertThat(NodeProblems.of(fresh).list())
                      .singleElement()
                      .satisfies(
                          problem ->
                              assertThat(problem.subject() + " " + problem.text())
                                  .contains("'new'", seed.toString(), "older version")));
    } finally {
      fresh.terminate();
      old.terminate();
    }
  }

  @Test
  void two_nodes_with_keep_majority_are_warned_of() {
    assertThat(TwoNodes.warning("keep-majority", 2)).isPresent();
    assertThat(TwoNodes.warning("keep-majority", 3)).isEmpty();
    assertThat(TwoNodes.warning("keep-majority", 1)).isEmpty();
    assertThat(TwoNodes.warning("lease-majority", 2)).isEmpty();
  }
}
