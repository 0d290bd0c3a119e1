package org.perille.sharding.internal.bootstrap;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.ActorIdentity;
import org.apache.pekko.actor.Identify;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.pattern.Patterns;
import org.perille.ConfigurationException;
import org.perille.spi.NodeRegistry.State;

/**
 * Ensures that the members which this node has joined use its database.
 *
 * <p>Messages of a cluster on two databases, such as a database and its copy, would be divided
 * between them.
 */
final class OneDatabase {
  /** The actor that each node with Perille has. An application's own cluster has other members. */
  static final String NODE_ACTOR = "perille-member-events";

  private static final Duration ASK_TIMEOUT = Duration.ofSeconds(3);

  /** Longer than a member needs to insert its entry. */
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private final ActorSystem<?> system;
  private final Cluster cluster;
  private final NodeEntry entry;
  private final Duration interval;

  /**
   * Creates a check.
   *
   * @param interval the time between two attempts
   */
  OneDatabase(ActorSystem<?> system, NodeEntry entry, Duration interval) {
    this.system = system;
    this.cluster = Cluster.get(system);
    this.entry = entry;
    this.interval = interval;
  }

  /**
   * Waits until a member that this node has joined has an entry in this node's database. Returns at
   * once if there is no member with Perille. Blocks.
   *
   * @throws ConfigurationException if none has one. This node has no entry either then.
   */
  void require() throws SQLException, InterruptedException {
    long start = System.nanoTime();
    List<String> joined = olderWithPerille();
    while (!joined.isEmpty()) {
      entry.countAsSeeking();
      if (entry.self().state() == State.MEMBER) {
        return;
      }
      if (System.nanoTime() - start > TIMEOUT.toNanos()) {
        entry.remove();
        throw new ConfigurationException(
            "this node has joined the cluster of %s, none of which has an entry in perille_node of this node's database: they use another one. All nodes of a cluster need the same perille.storage. If this node has a database of its own, such as a copy, then it needs other seed nodes (pekko.cluster.seed-nodes, or the configuration of what joins nodes)"
                .formatted(joined));
      }
      TimeUnit.MILLISECONDS.sleep(interval.toMillis());
      joined = olderWithPerille();
    }
  }

  /**
   * Returns the addresses of the members that became members before this node, and run Perille as
   * far as is known: those that don't answer belong to them.
   */
  private List<String> olderWithPerille() {
    Member self = cluster.selfMember();
    List<Member> older =
        StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
            .filter(member -> member.status() == MemberStatus.up() && member.isOlderThan(self))
            .toList();
    List<CompletableFuture<Boolean>> answers = older.stream().map(this::runsPerille).toList();
    return IntStream.range(0, older.size())
        .filter(i -> answers.get(i).join())
        .mapToObj(i -> older.get(i).address().toString())
        .toList();
  }

  private CompletableFuture<Boolean> runsPerille(Member member) {
    return Patterns.ask(
            Adapter.toClassic(system).actorSelection(member.address() + "/system/" + NODE_ACTOR),
            new Identify(NodeEntry.name(member)),
            ASK_TIMEOUT)
        .thenApply(answer -> ((ActorIdentity) answer).getActorRef().isPresent())
        .exceptionally(unanswered -> true)
        .toCompletableFuture();
  }
}
