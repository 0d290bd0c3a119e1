package org.perille.sharding.internal.bootstrap;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.perille.ConfigurationException;
import org.perille.PerilleException;
import org.perille.StorageException;
import org.perille.spi.NodeRegistry;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.NodeRegistry.Node;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Maintains this node's entry in the database, and ensures that one cluster uses the database.
 *
 * <p>A node of a second cluster doesn't start. If two clusters have met while they were running,
 * the nodes of the younger one down themselves.
 *
 * <p>It has a thread and a connection of its own. It only logs a failed write, so that a blocked
 * database stops no node.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class ClusterGuard {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterGuard.class);

  /**
   * The number of checks before this node downs itself. Members may learn of each other a little
   * later than of each other's entries.
   */
  private static final int CHECKS_BEFORE_STOPPING = 5;

  private static final long REPORT_EVERY_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final Duration TIMEOUT_AT_END = Duration.ofSeconds(3);

  private static final String REMEDY =
      "Two clusters on one database handle messages twice. Let all nodes join one cluster"
          + " (pekko.cluster.seed-nodes), or stop one cluster, or give it another database"
          + " (perille.storage)";

  private final Cluster cluster;
  private final NodeRegistry registry;
  private final Duration interval;
  private final ScheduledExecutorService thread;

  // Used by the thread alone.
  private Optional<Node> self = Optional.empty();
  private final OtherClusters others;
  private int checksWithOlder;
  private long reportedNanos = System.nanoTime() - REPORT_EVERY_NANOS;

  private Optional<CompletableFuture<Done>> admission = Optional.empty();
  private Optional<CompletableFuture<Done>> end = Optional.empty();

  /**
   * Creates a guard that is inactive before {@link #admit}.
   *
   * @param interval the time between two heartbeats
   */
  ClusterGuard(ActorSystem<?> system, NodeRegistry registry, Duration interval) {
    this.cluster = Cluster.get(system);
    this.registry = registry;
    this.interval = interval;
    this.others = new OtherClusters(interval);
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread heartbeat = new Thread(task, "perille-heartbeat");
              heartbeat.setDaemon(true);
              return heartbeat;
            });
  }

  /**
   * Inserts this node's entry, and checks for another cluster on the database. Blocks.
   *
   * <p>If there are entries of another cluster, the check takes up to 2.5 of its heartbeats. From
   * then on this node writes heartbeats.
   *
   * @throws ConfigurationException if an older cluster is running
   * @throws StorageException if the database can't be queried
   */
  void admit() {
    try {
      admitOnce().get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking for other clusters", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof PerilleException cause ? cause : new IllegalStateException(e);
    }
  }

  /** Admits a node that is a member already. The node downs itself if it isn't admitted. */
  void admitMember() {
    CompletionStage<?> unused =
        admitOnce()
            .whenComplete(
                (done, refusal) -> {
                  if (refusal instanceof ConfigurationException) {
                    down(refusal.getMessage());
                  } else if (refusal != null) {
                    LOG.error("It isn't known whether another cluster uses the database", refusal);
                  }
                });
  }

  private synchronized CompletableFuture<Done> admitOnce() {
    if (admission.isEmpty()) {
      CompletableFuture<Done> admitted = new CompletableFuture<>();
      admission = Optional.of(admitted);
      thread.execute(() -> decide(admitted));
    }
    return admission.get();
  }

  private void decide(CompletableFuture<Done> admitted) {
    try {
      enter();
      keepBeating();
      admitted.complete(Done.getInstance());
    } catch (SQLException e) {
      // A member continues without an answer, and inserts its entry as soon as it can.
      keepBeating();
      admitted.completeExceptionally(
          new StorageException(
              "this node can't insert its entry into perille_node: " + e.getMessage(), e));
    } catch (ConfigurationException e) {
      admitted.completeExceptionally(e);
    } catch (Throwable e) {
      // The caller waits for an outcome, and other nodes must still see a member.
      keepBeating();
      admitted.completeExceptionally(e);
    }
  }

  private void keepBeating() {
    long millis = interval.toMillis();
    try {
      ScheduledFuture<?> unused =
          thread.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      LOG.debug("This node has been closed meanwhile", e);
    }
  }

  private void enter() throws SQLException, InterruptedException {
    Duration checkInterval = interval.dividedBy(10);
    OtherClusters found = new OtherClusters(checkInterval);
    while (true) {
      OtherClusters.Finding finding = look(found);
      if (finding.older().isPresent()) {
        registry.remove(List.of(self.orElseThrow().number()));
        self = Optional.empty();
        throw new ConfigurationException(
            "this node would form a second cluster on its database, which another one uses: %s. %s"
                .formatted(describe(finding.older().get()), REMEDY));
      }
      if (!finding.open()) {
        registry.remove(finding.gone().stream().map(Node::number).toList());
        return;
      }
      TimeUnit.MILLISECONDS.sleep(checkInterval.toMillis());
    }
  }

  private OtherClusters.Finding look(OtherClusters watch) throws SQLException {
    Set<String> members = members();
    if (self.isEmpty()) {
      self = Optional.of(registry.register(description(), members));
    }
    List<Node> nodes = registry.count(self.orElseThrow());
    long number = self.orElseThrow().number();
    if (nodes.stream().noneMatch(node -> node.number() == number)) {
      // Another cluster considered this node dead and started after it. So this node is the younger
      // now.
      self = Optional.of(registry.register(description(), members));
      nodes = registry.count(self.orElseThrow());
    }
    OptionalLong known = NodeRegistry.clusterOf(members, nodes);
    if (known.isPresent() && known.getAsLong() < self.orElseThrow().cluster()) {
      self = self.map(node -> node.in(known.getAsLong()));
    }
    return watch.look(self.orElseThrow(), members, nodes);
  }

  private void beat() {
    try {
      OtherClusters.Finding finding = look(others);
      checksWithOlder = finding.older().isPresent() ? checksWithOlder + 1 : 0;
      if (checksWithOlder == CHECKS_BEFORE_STOPPING) {
        down(
            "this node's cluster is the second one on its database, and must stop: %s. %s"
                .formatted(describe(finding.older().orElseThrow()), REMEDY));
      } else if (!finding.younger().isEmpty() && mayReport()) {
        LOG.error(
            "A second, younger cluster uses the database of this one: {}. Its nodes down"
                + " themselves. {}",
            describe(finding.younger().get(0)),
            REMEDY);
      }
    } catch (Throwable e) {
      // Any exception from here would silently end the heartbeats.
      if (mayReport()) {
        LOG.warn(
            "This node can't write its heartbeat into perille_node: {}. It continues; a second"
                + " cluster on the database would not be detected meanwhile",
            e.toString());
      }
    }
  }

  private boolean mayReport() {
    long now = System.nanoTime();
    boolean may = now - reportedNanos >= REPORT_EVERY_NANOS;
    if (may) {
      reportedNanos = now;
    }
    return may;
  }

  private void down(String reason) {
    LOG.error("This node downs itself: {}", reason);
    cluster.manager().tell(new Down(cluster.selfMember().address()));
  }

  private static String describe(Node node) {
    return "node %s (Perille %s, roles %s, entry %d of cluster %d in perille_node, started %s), alive just now"
        .formatted(
            node.description().address(),
            node.description().version(),
            node.description().roles(),
            node.number(),
            node.cluster(),
            node.started());
  }

  private Description description() {
    Member member = cluster.selfMember();
    String version = ClusterGuard.class.getPackage().getImplementationVersion();
    return new Description(
        member.address().toString(),
        member.uniqueAddress().longUid(),
        new TreeSet<>(member.getRoles()),
        version == null ? "unknown" : version,
        interval);
  }

  private Set<String> members() {
    List<String> members = new ArrayList<>();
    cluster
        .state()
        .getMembers()
        .forEach(
            member -> {
              if (member.status() != MemberStatus.removed()) {
                members.add(
                    NodeRegistry.Description.member(
                        member.address().toString(), member.uniqueAddress().longUid()));
              }
            });
    return Set.copyOf(members);
  }

  /** Removes the entry. Completes even if the database doesn't answer. */
  synchronized CompletionStage<Done> close() {
    if (end.isEmpty()) {
      CompletableFuture<Done> closed = new CompletableFuture<>();
      end = Optional.of(closed);
      thread.execute(
          () -> {
            try {
              registry.remove(self.map(Node::number).stream().toList());
            } catch (SQLException e) {
              LOG.info(
                  "The entry of this node in perille_node can't be removed: {}", e.getMessage());
            } finally {
              registry.close();
              closed.complete(Done.getInstance());
            }
          });
      thread.shutdown();
    }
    return end.get()
        .copy()
        .orTimeout(TIMEOUT_AT_END.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(late -> Done.getInstance());
  }
}
