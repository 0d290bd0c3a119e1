package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.perille.internal.Pure;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;

/**
 * Decides which nodes of other clusters on the database are alive, and which cluster must stop.
 *
 * <p>Of two clusters the younger one must stop, so exactly one does. Nodes of one cluster that
 * can't reach each other are left to their split-brain resolver. Their entries have the same
 * cluster. A node that looks for a cluster, or was downed, is no other cluster.
 */
@Pure
final class OtherClusters {
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

  private final Liveness liveness;

  /**
   * Creates an instance that knows no nodes.
   *
   * @param interval the time between two checks
   */
  OtherClusters(Duration interval) {
    this.liveness = new Liveness(interval);
  }

  /**
   * Checks the current entries.
   *
   * @param members the members of this node's cluster
   */
  Finding look(Node self, Set<String> members, List<Node> nodes) {
    List<Node> others =
        nodes.stream()
            .filter(node -> node.state() == State.MEMBER || node.state() == State.FORMING)
            .filter(node -> node.number() != self.number() && node.cluster() != self.cluster())
            .filter(node -> !members.contains(node.description().member()))
            .toList();
    liveness.observe(others);
    List<Node> gone = others.stream().filter(liveness::isGone).toList();
    List<Node> living = others.stream().filter(liveness::lives).toList();
    return new Finding(
        living.stream()
            .filter(node -> node.cluster() < self.cluster())
            .min(Comparator.comparingLong(Node::cluster)),
        living.stream().filter(node -> node.cluster() > self.cluster()).toList(),
        gone,
        living.size() + gone.size() < others.size());
  }
}
