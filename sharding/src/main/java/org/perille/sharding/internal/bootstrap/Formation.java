package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.spi.NodeRegistry;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;

/**
 * Decides how a node that isn't a member yet gets its cluster, from the entries of all nodes.
 *
 * <p>If a member is alive, the node joins. Otherwise, of all nodes that are alive, the one with the
 * smallest number forms the cluster. Nobody forms one while it isn't known whether a node that
 * comes first is alive. The database decides at last, see {@link NodeRegistry#form}.
 */
@Pure
final class Formation {
  /** The next step of a node. */
  sealed interface Decision {
    /** Ask the database to let this node form the cluster, and to remove dead nodes' entries. */
    record Form(List<Node> gone) implements Decision {}

    /** Join the cluster of these members, all of which are alive. */
    record Join(List<Node> members) implements Decision {}

    /** Check again. */
    record Wait(String reason) implements Decision {}

    /** Fail: this node can never be a member, as it is configured. */
    record Refuse(String reason) implements Decision {}
  }

  private static final String HOSTNAME = "pekko.remote.artery.canonical.hostname";

  private final Liveness liveness;

  /**
   * Creates an instance that knows no nodes.
   *
   * @param interval the time between two checks
   */
  Formation(Duration interval) {
    this.liveness = new Liveness(interval);
  }

  /**
   * Decides by the current entries.
   *
   * @param nodes the entries of all nodes
   */
  Decision decide(Node self, List<Node> nodes) {
    List<Node> others =
        nodes.stream()
            .filter(node -> node.number() != self.number() && node.state() != State.DOWNED)
            .toList();
    liveness.observe(others);
    List<Node> gone = others.stream().filter(node -> isGone(node, nodes)).toList();
    List<Node> left = others.stream().filter(node -> !gone.contains(node)).toList();
    return joining(self, left)
        .orElseGet(
            () ->
                NodeRegistry.mayForm(self.number(), left)
                    ? new Decision.Form(gone)
                    : new Decision.Wait(waiting(self, left)));
  }

  /** Returns whether a node is dead: it doesn't count, or another one has its address by now. */
  private boolean isGone(Node node, List<Node> nodes) {
    return liveness.isGone(node)
        || nodes.stream()
            .anyMatch(
                newer ->
                    newer.number() > node.number()
                        && newer.description().address().equals(node.description().address())
                        && newer.description().machine().equals(node.description().machine()));
  }

  private Optional<Decision> joining(Node self, List<Node> left) {
    Optional<Node> oldest =
        left.stream()
            .filter(node -> node.state() == State.MEMBER && liveness.lives(node))
            .min(Comparator.comparingLong(Node::cluster).thenComparingLong(Node::number));
    return oldest.map(
        member ->
            refusal(self, member)
                .<Decision>map(Decision.Refuse::new)
                .orElseGet(() -> new Decision.Join(targets(self, left, member.cluster()))));
  }

  private List<Node> targets(Node self, List<Node> left, long cluster) {
    return left.stream()
        .filter(node -> node.state() == State.MEMBER && node.cluster() == cluster)
        .filter(node -> liveness.lives(node) && refusal(self, node).isEmpty())
        .toList();
  }

  /** Returns why a node can't join a member, whatever happens. */
  private static Optional<String> refusal(Node self, Node member) {
    NodeAddress own = NodeAddress.parse(self.description().address());
    NodeAddress other = NodeAddress.parse(member.description().address());
    if (!own.system().equals(other.system())) {
      return Optional.of(
          "the actor system of this node is '%s', and the cluster on its database is of actor systems '%s': %s. Nodes of one cluster have one name; give the other application a database of its own (perille.storage)"
              .formatted(own.system(), other.system(), describe(member)));
    }
    String machine = self.description().machine();
    String otherMachine = member.description().machine();
    boolean elsewhere =
        !machine.isEmpty() && !otherMachine.isEmpty() && !machine.equals(otherMachine);
    if (elsewhere && own.isLoopback()) {
      return Optional.of(
          "this node's address is %s, which other machines can't reach, and the cluster on its database has nodes on another machine: %s. Set %s to this machine's address on their network, with pekko.remote.artery.transport = tls-tcp or perille.cluster.allow-plaintext = on"
              .formatted(self.description().address(), describe(member), HOSTNAME));
    }
    if (elsewhere && other.isLoopback()) {
      return Optional.of(
          "the cluster on this node's database has an address that this machine can't reach: %s. Set %s on that node to its machine's address on the network, with pekko.remote.artery.transport = tls-tcp or perille.cluster.allow-plaintext = on, and restart it"
              .formatted(describe(member), HOSTNAME));
    }
    return Optional.empty();
  }

  private String waiting(Node self, List<Node> left) {
    Node first =
        left.stream()
            .filter(node -> !NodeRegistry.mayForm(self.number(), List.of(node)))
            .min(Comparator.comparingLong(Node::number))
            .orElseThrow();
    return liveness.lives(first)
        ? "%s forms the cluster".formatted(describe(first))
        : "it isn't known yet whether a node is alive: %s".formatted(describe(first));
  }

  /** Returns the description of a node in log lines and errors. */
  static String describe(Node node) {
    return "node %s (Perille %s, roles %s, entry %d in perille_node, started %s)"
        .formatted(
            node.description().address(),
            node.description().version(),
            node.description().roles(),
            node.number(),
            node.started());
  }
}
