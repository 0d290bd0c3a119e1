package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.perille.ConfigurationException;

/** Makes the node of Perille's own actor system a member of its cluster. */
final class Joining {
  private Joining() {}

  /**
   * Joins the cluster of the configured seed nodes, or forms one.
   *
   * <p>A node that forms a cluster alone is admitted before. One that joins others belongs to their
   * cluster, which it knows only after joining.
   */
  static void join(ActorSystem<?> system, ClusterGuard guard) {
    Cluster cluster = Cluster.get(system);
    Config config = system.settings().config();
    if (config.getStringList("pekko.cluster.seed-nodes").isEmpty()) {
      guard.admit();
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
      awaitUp(system, config);
    } else {
      awaitUp(system, config);
      guard.admit();
    }
  }

  private static void awaitUp(ActorSystem<?> system, Config config) {
    Duration timeout = config.getDuration("perille.cluster.start-timeout");
    CompletableFuture<Done> up = new CompletableFuture<>();
    org.apache.pekko.cluster.Cluster.get(Adapter.toClassic(system))
        .registerOnMemberUp(() -> up.complete(Done.getInstance()));
    try {
      await(up, timeout, "join its cluster");
    } catch (IllegalStateException e) {
      throw new ConfigurationException(
          "this node did not become a member of its cluster within perille.cluster.start-timeout of %s: are the nodes of pekko.cluster.seed-nodes %s up and reachable from %s?"
              .formatted(
                  timeout,
                  config.getStringList("pekko.cluster.seed-nodes"),
                  Cluster.get(system).selfMember().address()),
          e);
    }
  }

  private static void await(CompletionStage<?> stage, Duration timeout, String what) {
    try {
      stage.toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for Perille to " + what, e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("Perille did not " + what + " in " + timeout, e);
    }
  }
}
