package org.perille.sharding.internal.region;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * The shards of one type.
 *
 * @param type the name of their entity type
 * @param role the role of the nodes that have them; empty means all nodes
 * @param required returns the ids of the shards that must be on some node
 * @param waking starts the entity of the shard with this id, if nothing else does
 * @param seen learns the ids of all shards that are on some node
 */
public record Shards(
    String type,
    Optional<String> role,
    Supplier<Set<String>> required,
    Consumer<String> waking,
    Consumer<Set<String>> seen) {

  /**
   * The states in which a member is considered. A node that is about to leave still has the
   * coordinator.
   */
  private static final Set<MemberStatus> AGED =
      Set.of(MemberStatus.up(), MemberStatus.leaving(), MemberStatus.exiting());

  /** Returns shards that something wakes by itself. */
  static Shards of(String type, Optional<String> role, Supplier<Set<String>> required) {
    return new Shards(type, role, required, id -> {}, all -> {});
  }

  /** Returns the path of the coordinator's supervisor, on the node that runs it. */
  String coordinatorSupervisor() {
    return "system/sharding/"
        + URLEncoder.encode(type, StandardCharsets.UTF_8)
        + "Coordinator/singleton";
  }

  /** Returns the path of the coordinator, on the node that runs it. */
  String coordinator() {
    return coordinatorSupervisor() + "/coordinator";
  }

  /** Returns the node that should run the coordinator. */
  Optional<Member> oldest(Cluster cluster) {
    return oldest(cluster, role);
  }

  /** Returns the oldest node with a role, or the oldest one. */
  static Optional<Member> oldest(Cluster cluster, Optional<String> role) {
    return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
        .filter(member -> AGED.contains(member.status()))
        .filter(member -> role.map(member::hasRole).orElse(true))
        .min((one, other) -> one.equals(other) ? 0 : one.isOlderThan(other) ? -1 : 1);
  }
}
