package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.perille.ConfigurationException;

/** Makes the node of Perille's own actor system a member of its cluster. */
final class Joining {
  private static final long VIEW_INTERVAL_NANOS = 1_000_000;
  private static final Set<MemberStatus> NOT_YET_MEMBER =
      Set.of(MemberStatus.removed(), MemberStatus.joining(), MemberStatus.weaklyUp());

  private static final String START_TIMEOUT = "perille.cluster.start-timeout";

  private Joining() {}

  /**
   * Makes the node a member, in the configured way.
   *
   * <p>A node that joins others by an address belongs to their cluster, which it knows only after
   * joining. Every other one is admitted by the database before.
   */
  static void join(ActorSystem<?> system, ClusterGuard guard, DiscoveryMethod method) {
    Cluster cluster = Cluster.get(system);
    Config config = system.settings().config();
    switch (method) {
      case DATABASE -> {
        guard.findCluster(config.getDuration(START_TIMEOUT));
        awaitUp(system, config, method);
      }
      case NONE -> {
        guard.admit();
        cluster.manager().tell(Join.create(cluster.selfMember().address()));
        awaitUp(system, config, method);
      }
      case SEED_NODES, EXTERNAL -> {
        guard.startAwaitsAdmission();
        awaitUp(system, config, method);
        guard.admit();
      }
    }
  }

  private static void awaitUp(ActorSystem<?> system, Config config, DiscoveryMethod method) {
    Duration timeout = config.getDuration(START_TIMEOUT);
    CompletableFuture<Done> up = new CompletableFuture<>();
    org.apache.pekko.cluster.Cluster.get(Adapter.toClassic(system))
        .registerOnMemberUp(() -> up.complete(Done.getInstance()));
    try {
      await(up, timeout, "join its cluster");
      awaitOwnView(system, timeout);
    } catch (IllegalStateException e) {
      throw new ConfigurationException(
          "this node did not become a member of its cluster within perille.cluster.start-timeout of %s: %s"
              .formatted(timeout, hint(system, config, method)),
          e);
    }
  }

  private static String hint(ActorSystem<?> system, Config config, DiscoveryMethod method) {
    String self = Cluster.get(system).selfMember().address().toString();
    return method == DiscoveryMethod.EXTERNAL
        ? "perille.cluster.discovery is 'external', so something else must join %s to a cluster, such as Pekko's cluster bootstrap"
            .formatted(self)
        : "are the nodes of pekko.cluster.seed-nodes %s up and reachable from %s?"
            .formatted(config.getStringList("pekko.cluster.seed-nodes"), self);
  }

  /**
   * Waits until this node's own view of the cluster has it as a member, from which its health is
   * read.
   *
   * <p>Another actor updates that view, a moment later, and notifies nobody. Until then the view
   * says that this node was removed.
   */
  private static void awaitOwnView(ActorSystem<?> system, Duration timeout) {
    long start = System.nanoTime();
    while (NOT_YET_MEMBER.contains(Cluster.get(system).selfMember().status())
        && !system.getWhenTerminated().toCompletableFuture().isDone()
        && System.nanoTime() - start < timeout.toNanos()) {
      LockSupport.parkNanos(VIEW_INTERVAL_NANOS);
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
