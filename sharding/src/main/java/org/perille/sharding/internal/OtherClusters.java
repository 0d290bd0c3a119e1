package org.perille.sharding.internal;

import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.perille.spi.NodeRegistry.Node;

/**
 * Decides which nodes of other clusters on its database live, and who has to give in: of two
 * clusters the younger one, so exactly one does. A node lives if it counts while it is watched. The
 * entry of a node that was killed counts no more.
 *
 * <p>Nodes of one cluster that can't reach each other are left to their split-brain resolver: their
 * entries have the same cluster.
 */
final class OtherClusters {
  /** A node that lives counts once in its interval, and may be late. */
  private static final double LATE = 2.5;

  private static final class Watched {
    private long count;
    private boolean hasRisen;

    /** Looks are counted, not the time: while the database is blocked nobody can count. */
    private long looksInVain;

    Watched(long count) {
      this.count = count;
    }
  }

  /**
   * What a look has found.
   *
   * @param older a living node of the oldest cluster that is older than this node's, which
   *     therefore has to give in
   * @param younger living nodes of younger clusters, which have to give in
   * @param gone nodes that don't live
   * @param open whether there are nodes of which it isn't known yet
   */
  record Finding(Optional<Node> older, List<Node> younger, List<Node> gone, boolean open) {}

  private final Duration interval;
  private final Map<Long, Watched> watched = new HashMap<>();

  /**
   * Nothing is known yet.
   *
   * @param interval between two looks
   */
  OtherClusters(Duration interval) {
    this.interval = interval;
  }

  /**
   * Looks at all entries, as they are now.
   *
   * @param members of this node's cluster
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
      known.looksInVain = 0;
    } else {
      known.looksInVain++;
    }
  }

  private boolean lives(Node node) {
    return watched.get(node.number()).hasRisen && !isGone(node);
  }

  private boolean isGone(Node node) {
    double intervals =
        (double) node.description().interval().toMillis() / Math.max(1, interval.toMillis());
    return watched.get(node.number()).looksInVain >= Math.max(LATE, LATE * intervals);
  }
}
