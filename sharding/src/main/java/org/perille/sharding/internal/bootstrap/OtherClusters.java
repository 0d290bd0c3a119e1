package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perille.spi.NodeRegistry.Node;

/**
 * Decides which nodes of other clusters on the database are alive, and which cluster must stop.
 *
 * <p>Of two clusters the younger one must stop, so exactly one does. A node is alive if its count
 * rises while it is watched. The count of a killed node no longer rises.
 *
 * <p>Nodes of one cluster that can't reach each other are left to their split-brain resolver. Their
 * entries have the same cluster.
 */
final class OtherClusters {
  /** The number of intervals after which a missing count means that the node is dead. */
  private static final double LATE = 2.5;

  private static final class Watched {
    private long count;
    private boolean hasRisen;

    /**
     * The number of checks without a rise. Checks count, not time: while the database is blocked no
     * node can count.
     */
    private long missedChecks;

    Watched(long count) {
      this.count = count;
    }
  }

  /**
   * The result of a check.
   *
   * @param older a living node of the oldest cluster, if that is older than this node's; this node
   *     must then stop
   * @param younger living nodes of younger clusters, which must stop
   * @param gone nodes that are dead
   * @param open true if the state of some nodes isn't known yet
   */
  record Finding(Optional<Node> older, List<Node> younger, List<Node> gone, boolean open) {}

  private final Duration interval;
  private final Map<Long, Watched> watched = new HashMap<>();

  /**
   * Creates an instance that knows no nodes.
   *
   * @param interval the time between two checks
   */
  OtherClusters(Duration interval) {
    this.interval = interval;
  }

  /**
   * Checks the current entries.
   *
   * @param members the members of this node's cluster
   */
  Finding look(Node self, Set<String> members, List<Node> nodes) {
    List<Node> others =
        nodes.stream()
            .filter(node -> node.number() != self.number() && node.cluster() != self.cluster())
            .filter(node -> !members.contains(node.description().member()))
            .toList();
    watched.keySet().retainAll(others.stream().map(Node::number).toList());
    others.forEach(this::watch);
    List<Node> gone = others.stream().filter(this::isGone).toList();
    List<Node> living = others.stream().filter(this::lives).toList();
    return new Finding(
        living.stream()
            .filter(node -> node.cluster() < self.cluster())
            .min(Comparator.comparingLong(Node::cluster)),
        living.stream().filter(node -> node.cluster() > self.cluster()).toList(),
        gone,
        living.size() + gone.size() < others.size());
  }

  private void watch(Node node) {
    Watched known = watched.get(node.number());
    if (known == null) {
      watched.put(node.number(), new Watched(node.count()));
    } else if (node.count() != known.count) {
      known.count = node.count();
      known.hasRisen = true;
      known.missedChecks = 0;
    } else {
      known.missedChecks++;
    }
  }

  private boolean lives(Node node) {
    return watched.get(node.number()).hasRisen && !isGone(node);
  }

  private boolean isGone(Node node) {
    double intervals =
        (double) node.description().interval().toMillis() / Math.max(1, interval.toMillis());
    return watched.get(node.number()).missedChecks >= Math.max(LATE, LATE * intervals);
  }
}
