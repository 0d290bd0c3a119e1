package org.perille.sharding.internal.region;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.Cluster;
import org.apache.pekko.cluster.sharding.ClusterShardingSettings;

/** The supervision of shards: they have a coordinator, and each of them is on some node. */
public final class ShardSupervision {
  private final ActorRef<CoordinatorWatch.Command> coordinators;
  private final ActorRef<PlacementWatch.Command> placement;

  /**
   * Starts the supervision on this node.
   *
   * @param coordinatorTimeout the time for which the oldest node may have no coordinator, in
   *     addition to the time that the downing provider waits before a lost node may be replaced
   */
  public ShardSupervision(ActorSystem<?> system, Duration coordinatorTimeout) {
    Duration timeout = coordinatorTimeout.plus(removalMargin(system));
    this.coordinators =
        system.systemActorOf(
            CoordinatorWatch.create(timeout), "perille-coordinators", Props.empty());
    this.placement =
        system.systemActorOf(
            PlacementWatch.create(placementInterval(system, timeout)),
            "perille-placement",
            Props.empty());
  }

  /** Returns the time that the downing provider waits before a lost node may be replaced. */
  private static Duration removalMargin(ActorSystem<?> system) {
    return Duration.ofNanos(
        Cluster.get(Adapter.toClassic(system)).downingProvider().downRemovalMargin().toNanos());
  }

  /** Returns an interval in which a move takes less than {@link Placement#CHECKS} checks. */
  private static Duration placementInterval(ActorSystem<?> system, Duration timeout) {
    Duration move =
        Duration.ofNanos(
            ClusterShardingSettings.create(Adapter.toClassic(system))
                .tuningParameters()
                .handOffTimeout()
                .toNanos());
    Duration half = move.dividedBy(2);
    return timeout.compareTo(half) > 0 ? timeout : half;
  }

  /** Adds shards. */
  public void watch(Shards shards) {
    coordinators.tell(new CoordinatorWatch.Watch(shards));
    placement.tell(new PlacementWatch.Watch(shards));
  }

  /** Ends the supervision: this node is about to hand over its shards, and remains a member. */
  public void stop() {
    coordinators.tell(CoordinatorWatch.Stop.INSTANCE);
    placement.tell(PlacementWatch.Stop.INSTANCE);
  }
}
