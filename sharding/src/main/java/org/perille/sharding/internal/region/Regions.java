package org.perille.sharding.internal.region;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.sharding.ClusterSharding;
import org.apache.pekko.cluster.sharding.ShardRegion;
import org.apache.pekko.pattern.Patterns;

/** Hands over the shards of this node while the node remains a member of its cluster. */
final class Regions {
  private Regions() {}

  /**
   * Stops a region when the other regions have taken over its shards, or at once if there are none.
   *
   * @return a stage that completes with false if that took longer than the time-out
   */
  static CompletionStage<Boolean> handOver(ActorSystem<?> system, String type, Duration timeout) {
    ActorRef region;
    try {
      region = ClusterSharding.get(Adapter.toClassic(system)).shardRegion(type);
    } catch (IllegalArgumentException | IllegalStateException e) {
      system.log().debug("This node has no shards of '{}' to hand over", type, e);
      return CompletableFuture.completedFuture(true);
    }
    return stop(
        system, region, ShardRegion.gracefulShutdownInstance(), timeout, "shards of " + type);
  }

  /**
   * Stops an actor by a message.
   *
   * @return a stage that completes with false if that took longer than the time-out
   */
  static CompletionStage<Boolean> stop(
      ActorSystem<?> system, ActorRef actor, Object message, Duration timeout, String what) {
    return Patterns.gracefulStop(actor, timeout, message)
        .exceptionally(
            failed -> {
              system.log().warn("The {} did not stop within {}", what, timeout, failed);
              return false;
            });
  }
}
