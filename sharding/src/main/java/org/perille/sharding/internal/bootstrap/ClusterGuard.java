package org.perille.sharding.internal.bootstrap;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
      "Two clusters on one database handle messages twice. Let all nodes join one cluster (without"
          + " pekko.cluster.seed-nodes they find each other in the database), or stop one cluster,"
          + " or give it another database (perille.storage)";

  private final ActorSystem<?> system;
  private final Cluster cluster;
  private final Duration interval;
  private final ScheduledExecutorService thread;

  private volatile boolean startAwaits;

  // Used by the thread alone.
  private final NodeEntry entry;
  private final OtherClusters others;

  /** The members that this node's cluster has downed since this node is a member. */
  private final Set<String> lost = new HashSet<>();

  private boolean isDown;
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
    this.system = system;
    this.cluster = Cluster.get(system);
    this.interval = interval;
    this.entry = new NodeEntry(cluster, registry, interval);
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
   * Makes this node a member of the cluster that uses the database, or of a new one. Blocks.
   *
   * <p>From then on this node writes heartbeats.
   *
   * @throws ConfigurationException if the node can't become a member
   * @throws StorageException if the database can't be queried
   */
  void findCluster(Duration timeout) {
    Discovery discovery = new Discovery(system, entry, checkInterval());
    await(admitOnce(() -> discovery.run(timeout)));
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
    await(admitOnce(this::enter));
  }

  private static void await(CompletableFuture<Done> admitted) {
    try {
      admitted.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while looking for other clusters", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof PerilleException cause ? cause : new IllegalStateException(e);
    }
  }

  /**
   * Declares that a start joins this node, and ends it if it isn't admitted.
   *
   * <p>Such a node leaves its cluster. If it downed itself while it ends, other members could take
   * its late messages for a sign that they were downed.
   */
  void startAwaitsAdmission() {
    startAwaits = true;
  }

  /**
   * Admits a node that is a member already. The node downs itself if it isn't admitted, unless a
   * start ends it.
   */
  void admitMember() {
    CompletionStage<?> unused =
        admitOnce(this::enter)
            .whenComplete(
                (done, refusal) -> {
                  if (refusal instanceof ConfigurationException) {
                    if (!startAwaits) {
                      down(refusal.getMessage());
                    }
                  } else if (refusal != null) {
                    LOG.error("It isn't known whether another cluster uses the database", refusal);
                  }
                });
  }

  /** A way to be admitted, on the guard's thread. */
  @FunctionalInterface
  private interface Admission {
    void run() throws SQLException, InterruptedException;
  }

  private synchronized CompletableFuture<Done> admitOnce(Admission way) {
    if (admission.isEmpty()) {
      CompletableFuture<Done> admitted = new CompletableFuture<>();
      admission = Optional.of(admitted);
      thread.execute(() -> decide(way, admitted));
    }
    return admission.get();
  }

  private void decide(Admission way, CompletableFuture<Done> admitted) {
    try {
      way.run();
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

  private Duration checkInterval() {
    return interval.dividedBy(10);
  }

  private void enter() throws SQLException, InterruptedException {
    new OneDatabase(system, entry, checkInterval()).require();
    OtherClusters found = new OtherClusters(checkInterval());
    while (true) {
      OtherClusters.Finding finding = look(found);
      if (finding.older().isPresent()) {
        entry.remove();
        throw new ConfigurationException(
            "this node would form a second cluster on its database, which another one uses: %s. %s"
                .formatted(describe(finding.older().get()), REMEDY));
      }
      if (!finding.open()) {
        entry.removeOthers(finding.gone());
        return;
      }
      TimeUnit.MILLISECONDS.sleep(checkInterval().toMillis());
    }
  }

  private OtherClusters.Finding look(OtherClusters watch) throws SQLException {
    List<Node> nodes = entry.countAsMember();
    return watch.look(entry.self(), entry.members(), nodes);
  }

  /**
   * Records that the cluster has downed a member. That member learns it from its entry, also if no
   * message reaches it.
   *
   * <p>Ignored if this node is on the side that ends: it has downed the others of this side.
   */
  void downed(Member member) {
    if (cluster.selfMember().status() != MemberStatus.up()) {
      return;
    }
    try {
      thread.execute(
          () -> {
            lost.add(NodeEntry.name(member));
            if (entry.exists()) {
              beat();
            }
          });
    } catch (RejectedExecutionException e) {
      LOG.debug("This node has been closed meanwhile", e);
    }
  }

  private void beat() {
    try {
      List<Node> nodes = entry.countAsMember();
      Optional<String> downedBy = entry.markDowned(nodes, lost);
      if (downedBy.isPresent()) {
        if (!isDown) {
          isDown = true;
          down(
              "node %s has downed it, because it didn't answer. The cluster goes on without this node, which must start again"
                  .formatted(downedBy.get()));
        }
        return;
      }
      OtherClusters.Finding finding = others.look(entry.self(), entry.members(), nodes);
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
    return "%s, of cluster %d, alive just now".formatted(Formation.describe(node), node.cluster());
  }

  /** Removes the entry. Completes even if the database doesn't answer. */
  synchronized CompletionStage<Done> close() {
    if (end.isEmpty()) {
      CompletableFuture<Done> closed = new CompletableFuture<>();
      end = Optional.of(closed);
      thread.execute(
          () -> {
            try {
              entry.remove();
            } catch (SQLException e) {
              LOG.info(
                  "The entry of this node in perille_node can't be removed: {}", e.getMessage());
            } finally {
              entry.close();
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
