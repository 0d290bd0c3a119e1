package org.perille.spi;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The nodes that use a database, of any cluster.
 *
 * <p>Each node has an entry, and shows that it is alive by increasing a count. Nodes find each
 * other here, one of them forms the cluster, and two clusters on one database detect each other.
 *
 * <p><b>Threading</b>: used by one thread of a node. All calls may block.
 */
public interface NodeRegistry extends AutoCloseable {

  /**
   * A node's description of itself.
   *
   * @param address the address at which other nodes of its cluster reach it
   * @param uid distinguishes nodes that had the same address one after the other
   * @param roles its roles in the cluster
   * @param version its version of Perille
   * @param interval the interval of its count
   * @param machine identifies the network to which a loopback address belongs; empty if unknown
   */
  record Description(
      String address,
      long uid,
      Set<String> roles,
      String version,
      Duration interval,
      String machine) {
    public Description {
      Objects.requireNonNull(address, "address");
      Objects.requireNonNull(machine, "machine");
      roles = Set.copyOf(roles);
    }

    /** Returns the name of the node in its cluster. */
    public String member() {
      return member(address, uid);
    }

    /** Returns the name of a node in its cluster. */
    public static String member(String address, long uid) {
      return address + "#" + uid;
    }
  }

  /** The relation of a node to its cluster. */
  enum State {
    /** Looks for a cluster, and belongs to none yet. */
    SEEKING,
    /** Forms the cluster, alone. No other node may form one. */
    FORMING,
    /** A member. Other nodes can join it. */
    MEMBER,
    /** Another node has downed it. It must stop, and gets no lease. */
    DOWNED
  }

  /**
   * A node's entry.
   *
   * @param number the number of the entry; the entries of a database are numbered in order of
   *     insertion, and no number is reused
   * @param cluster the number of the node that formed the cluster; of two clusters the one with the
   *     smaller number is the older one; without meaning for a node that is seeking
   * @param state its relation to its cluster
   * @param started the time of the insertion, by the clock of the database
   * @param idle the time since the last count, by the clock of the database
   * @param count rises as long as the node is alive
   */
  record Node(
      long number,
      long cluster,
      State state,
      Description description,
      Instant started,
      Duration idle,
      long count) {

    /** Returns the same node with another relation to a cluster. */
    public Node in(long otherCluster, State newState) {
      return new Node(number, otherCluster, newState, description, started, idle, count);
    }
  }

  /** The time without a count after which a node is certainly gone, and its entry is removed. */
  Duration FORGOTTEN_AFTER = Duration.ofMinutes(1);

  /**
   * The same for a downed node. It may only be suspended, and must learn that it was downed when it
   * resumes.
   */
  Duration DOWNED_FORGOTTEN_AFTER = Duration.ofDays(1);

  /**
   * Inserts an entry for a node. Insertions are serialized.
   *
   * <p>The node belongs to the cluster of those of its members that have entries, or else forms a
   * new one. Entries that are older than {@link #FORGOTTEN_AFTER} without a count are removed.
   *
   * @param members the members of the node's cluster, by {@link Description#member()}
   */
  Node register(Description self, State state, Set<String> members) throws SQLException;

  /**
   * Makes a node that is seeking the one that forms the cluster. Excludes other insertions and
   * other nodes that want to form one.
   *
   * <p>Removes the entries of dead nodes, except those that have counted since.
   *
   * @param gone entries of nodes that are dead, as they were seen last
   * @return false if that isn't possible, because another node may form a cluster first, belongs to
   *     one, or has removed this node's entry
   */
  boolean form(Node self, List<Node> gone) throws SQLException;

  /**
   * Increases a node's count, and stores its cluster and state.
   *
   * @return all entries, without the node's own if another node has removed it
   */
  List<Node> count(Node self) throws SQLException;

  /**
   * Marks the entries of members that this node's cluster has lost, so that they stop. Default:
   * does nothing, since nodes of one process can't be cut off from each other.
   *
   * <p>Does nothing either if this node is marked itself: of two sides that down each other, the
   * first one goes on.
   *
   * @param lost entries of these members
   */
  default void markDowned(Node self, List<Node> lost) throws SQLException {}

  /** Returns the address of the node that has marked this node's entry, if one has. */
  default Optional<String> downedBy(Node self) throws SQLException {
    return Optional.empty();
  }

  /** Removes entries, by their numbers. */
  void remove(Collection<Long> numbers) throws SQLException;

  /** Closes the connection to the database. Entries remain. */
  @Override
  void close();

  /** Returns the cluster of a node whose members have these entries, if one of them has any. */
  static OptionalLong clusterOf(Set<String> members, List<Node> nodes) {
    return nodes.stream()
        .filter(node -> node.state() == State.MEMBER || node.state() == State.FORMING)
        .filter(node -> members.contains(node.description().member()))
        .mapToLong(Node::cluster)
        .min();
  }

  /**
   * Returns whether a node may form a cluster beside these nodes.
   *
   * @param others the entries of all nodes that aren't dead, with or without its own
   */
  static boolean mayForm(long number, List<Node> others) {
    return others.stream()
        .filter(node -> node.number() != number && node.state() != State.DOWNED)
        .allMatch(node -> node.state() == State.SEEKING && node.number() > number);
  }

  /**
   * Returns a registry of a storage that no other process and no other cluster can use. A node is a
   * member at once, and knows no other one.
   */
  static NodeRegistry alone() {
    return new NodeRegistry() {
      @Override
      public Node register(Description self, State state, Set<String> members) {
        return new Node(1, 1, State.MEMBER, self, Instant.EPOCH, Duration.ZERO, 0);
      }

      @Override
      public boolean form(Node self, List<Node> gone) {
        return true;
      }

      @Override
      public List<Node> count(Node self) {
        return List.of(self);
      }

      @Override
      public void remove(Collection<Long> numbers) {}

      @Override
      public void close() {}
    };
  }
}
