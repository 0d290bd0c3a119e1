package org.perille.sharding.internal.bootstrap;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.perille.spi.NodeRegistry;
import org.perille.spi.NodeRegistry.Description;
import org.perille.spi.NodeRegistry.Node;
import org.perille.spi.NodeRegistry.State;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's entry in the database, kept up to date with its cluster.
 *
 * <p><b>Threading</b>: used by one thread. Blocks.
 */
final class NodeEntry {
  private static final Logger LOG = LoggerFactory.getLogger(NodeEntry.class);

  private final Cluster cluster;
  private final NodeRegistry registry;
  private final Duration interval;
  private Optional<Node> self = Optional.empty();

  NodeEntry(Cluster cluster, NodeRegistry registry, Duration interval) {
    this.cluster = cluster;
    this.registry = registry;
    this.interval = interval;
  }

  /** Returns whether this node has inserted its entry, as far as it knows. */
  boolean exists() {
    return self.isPresent();
  }

  /** Returns the entry. There must have been a check. */
  Node self() {
    return self.orElseThrow();
  }

  /** Returns whether the node is a member of its cluster, as far as it knows. */
  boolean isUp() {
    return cluster.selfMember().status() == MemberStatus.up();
  }

  /**
   * Counts for a node that is a member, or joins others. Inserts its entry if there is none.
   *
   * @return the entries of all nodes
   */
  List<Node> countAsMember() throws SQLException {
    self =
        self.map(
            node -> node.state() == State.SEEKING ? node.in(node.cluster(), State.MEMBER) : node);
    List<Node> nodes = count(State.MEMBER);
    OptionalLong known = NodeRegistry.clusterOf(members(), nodes);
    if (known.isPresent() && known.getAsLong() < self().cluster()) {
      self = self.map(node -> node.in(known.getAsLong(), State.MEMBER));
    }
    return nodes;
  }

  /**
   * Counts for a node that isn't a member yet. Inserts its entry if there is none.
   *
   * <p>Becomes a member when the cluster says so. A node that has joined takes over the cluster of
   * the other members.
   *
   * @return the entries of all nodes
   */
  List<Node> countAsSeeking() throws SQLException {
    long before = self.map(Node::number).orElse(0L);
    List<Node> nodes = count(State.SEEKING);
    boolean formed = self().state() == State.FORMING && self().number() == before;
    if (isUp()) {
      OptionalLong joined = NodeRegistry.clusterOf(otherMembers(), nodes);
      if (formed) {
        self = self.map(node -> node.in(node.number(), State.MEMBER));
      } else if (joined.isPresent()) {
        self = self.map(node -> node.in(joined.getAsLong(), State.MEMBER));
      }
    }
    return nodes;
  }

  private List<Node> count(State initial) throws SQLException {
    if (self.isEmpty()) {
      self = Optional.of(registry.register(description(), initial, members()));
    }
    List<Node> nodes = registry.count(self());
    long number = self().number();
    if (nodes.stream().noneMatch(node -> node.number() == number)) {
      // Another cluster considered this node dead and started after it. So this node is the younger
      // now.
      self = Optional.of(registry.register(description(), initial, members()));
      nodes = registry.count(self());
    }
    return nodes;
  }

  /** Asks the database to let this node form the cluster. */
  boolean form(List<Node> gone) throws SQLException {
    boolean may = registry.form(self(), gone);
    if (may) {
      self = self.map(node -> node.in(node.number(), State.FORMING));
    }
    return may;
  }

  /**
   * Marks lost members of this node's cluster, and returns the node that has marked this one.
   *
   * @param nodes the entries of the last check
   * @param lost the names of the lost members
   */
  Optional<String> markDowned(List<Node> nodes, Set<String> lost) throws SQLException {
    List<Node> unmarked =
        nodes.stream()
            .filter(node -> lost.contains(node.description().member()))
            .filter(node -> node.state() != State.DOWNED)
            .toList();
    if (!unmarked.isEmpty()) {
      registry.markDowned(self(), unmarked);
    }
    boolean isMarked =
        nodes.stream()
            .anyMatch(node -> node.number() == self().number() && node.state() == State.DOWNED);
    return isMarked ? registry.downedBy(self()) : Optional.empty();
  }

  /** Removes the entries of dead nodes. */
  void removeOthers(List<Node> gone) throws SQLException {
    registry.remove(gone.stream().map(Node::number).toList());
  }

  /** Removes the entry. */
  void remove() throws SQLException {
    registry.remove(self.map(Node::number).stream().toList());
    self = Optional.empty();
  }

  /** Closes the connection to the database. */
  void close() {
    registry.close();
  }

  private Description description() {
    Member member = cluster.selfMember();
    String version = NodeEntry.class.getPackage().getImplementationVersion();
    return new Description(
        member.address().toString(),
        member.uniqueAddress().longUid(),
        Roles.of(member),
        version == null ? "unknown" : version,
        interval,
        machine());
  }

  /** Returns the members of this node's cluster. */
  Set<String> members() {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> member.status() != MemberStatus.removed())
        .map(NodeEntry::name)
        .collect(Collectors.toUnmodifiableSet());
  }

  private Set<String> otherMembers() {
    Set<String> others = new TreeSet<>(members());
    others.remove(name(cluster.selfMember()));
    return others;
  }

  /** Returns the name of a member in the entries. */
  static String name(Member member) {
    return Description.member(member.address().toString(), member.uniqueAddress().longUid());
  }

  /**
   * Returns an identity of the network to which loopback addresses of this process belong: on Linux
   * the network namespace of the running kernel, elsewhere the name of the machine.
   */
  private static String machine() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip()
          + "/"
          + Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
    } catch (IOException e) {
      LOG.debug("This system has no /proc, or doesn't show it", e);
      return hostname();
    }
  }

  private static String hostname() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      LOG.debug("The name of this machine can't be resolved", e);
      return "";
    }
  }
}
