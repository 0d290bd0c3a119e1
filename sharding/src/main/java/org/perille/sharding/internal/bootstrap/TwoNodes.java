package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Warns of a cluster that stays at two nodes with a strategy of majorities.
 *
 * <p>If the node with the lower address dies, the other one is no majority and downs itself too.
 */
public final class TwoNodes {
  /** The time after which a growing cluster has grown. */
  private static final Duration AFTER = Duration.ofMinutes(5);

  private TwoNodes() {}

  /** Checks once, after a delay. */
  static void warnLater(ActorSystem<?> system, Config config) {
    String provider = config.getString("pekko.cluster.downing-provider-class");
    String strategy =
        provider.contains("SplitBrainResolver")
            ? config.getString("pekko.cluster.split-brain-resolver.active-strategy")
            : "";
    system
        .scheduler()
        .scheduleOnce(
            AFTER,
            () -> warning(strategy, nodes(system)).ifPresent(system.log()::warn),
            system.executionContext());
  }

  private static long nodes(ActorSystem<?> system) {
    return StreamSupport.stream(Cluster.get(system).state().getMembers().spliterator(), false)
        .filter(member -> member.status().equals(MemberStatus.up()))
        .count();
  }

  /** Returns the warning, if there is a reason for one. */
  public static Optional<String> warning(String strategy, long nodes) {
    return nodes == 2 && strategy.equals("keep-majority")
        ? Optional.of(
            "This cluster has two nodes, and pekko.cluster.split-brain-resolver.active-strategy is keep-majority: if the node with the lower address dies, the other one downs itself too, and nothing works until one is restarted. Use lease-majority, the default on PostgreSQL (remove the setting, or see perille.cluster.lease), or run three nodes; see 'Two nodes' in docs/guides/cluster.md")
        : Optional.empty();
  }
}
