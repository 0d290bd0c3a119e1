package org.perille.spi;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * The nodes that use a database, of whatever cluster: each has an entry, and shows by counting that
 * it lives. Two clusters on one database find each other here.
 *
 * <p><b>Threading</b>: used by one thread of a node. All calls may block.
 */
public interface NodeRegistry extends AutoCloseable {

  /**
   * A node, as it describes itself.
   *
   * @param address that other nodes of its cluster reach it at
   * @param uid tells apart nodes that had the same address one after the other
   * @param roles in its cluster
   * @param version of Perille
   * @param interval in which it counts
   */
  record Description(
      String address, long uid, Set<String> roles, String version, Duration interval) {
    public Description {
      Objects.requireNonNull(address, "address");
      roles = Set.copyOf(roles);
    }

    /** What names the node in a cluster. */
    public String member() {
      return member(address, uid);
    }

    /** What names a node in a cluster. */
    public static String member(String address, long uid) {
      return address + "#" + uid;
    }
  }

  /**
   * A node's entry.
   *
   * @param number of the entry; the entries of a database are numbered in the order in which they
   *     were made, and no number is used again
   * @param cluster the number of the node that formed the cluster, which names it; of two clusters
   *     the one with the smaller number is the older one
   * @param started when the entry was made, by the clock of the database
   * @param idle how long ago the node has counted, by the clock of the database
   * @param count rises as long as the node lives
   */
  record Node(
      long number,
      long cluster,
      Description description,
      Instant started,
      Duration idle,
      long count) {

    /** The same node in another cluster. */
    public Node in(long otherCluster) {
      return new Node(number, otherCluster, description, started, idle, count);
    }
  }

  /** After so long without counting a node is certainly gone, and its entry is removed. */
  Duration FORGOTTEN_AFTER = Duration.ofMinutes(1);

  /**
   * Makes an entry; entries are made one after the other. The node belongs to the cluster of those
   * of its members that have entries, or else forms a new one. Entries of nodes that are gone for
   * {@link #FORGOTTEN_AFTER} are removed.
   *
   * @param members of the node's cluster, by {@link Description#member()}
   */
  Node register(Description self, Set<String> members) throws SQLException;

  /**
   * Counts for a node, and stores its cluster.
   *
   * @return all entries; the node's own isn't among them if somebody has removed it
   */
  List<Node> count(Node self) throws SQLException;

  /** Removes entries, by their numbers. */
  void remove(Collection<Long> numbers) throws SQLException;

  /** Lets go of the database; entries stay. */
  @Override
  void close();

  /** The cluster that a node belongs to whose members have these entries; 0 if none has one. */
  static long clusterOf(Set<String> members, List<Node> nodes) {
    return nodes.stream()
        .filter(node -> members.contains(node.description().member()))
        .mapToLong(Node::cluster)
        .min()
        .orElse(0);
  }

  /** A registry of a storage that no other process and no other cluster can use. */
  static NodeRegistry alone() {
    return new NodeRegistry() {
      @Override
      public Node register(Description self, Set<String> members) {
        return new Node(1, 1, self, Instant.EPOCH, Duration.ZERO, 0);
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
