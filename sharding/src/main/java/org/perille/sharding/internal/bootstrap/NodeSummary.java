package org.perille.sharding.internal.bootstrap;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.perille.internal.Pure;

/**
 * A node's description of itself, for the log line at its start.
 *
 * @param storage the storage and its place, without a password
 * @param address the address of the node
 * @param members the addresses of all members, as far as the node knows
 * @param strategy the way in which the cluster decides who goes on after a split
 * @param ownsPartitions whether the node owns partitions
 * @param topics the names of the registered topics
 * @param handled the subscriptions that the node handles, each with its topic
 */
@Pure
record NodeSummary(
    String storage,
    String address,
    Set<String> members,
    String strategy,
    Set<String> roles,
    boolean ownsPartitions,
    Collection<String> topics,
    List<String> handled) {

  /** Returns the line. */
  String line() {
    return "Perille is ready: storage %s; node %s, %s; roles %s; it %s, %s and publishes"
        .formatted(
            storage,
            address,
            members.size() < 2
                ? "alone in its cluster"
                : "one of %d in its cluster: %s (after a split %s decides)"
                    .formatted(members.size(), new TreeSet<>(members), strategy),
            roles.isEmpty() ? "none" : new TreeSet<>(roles),
            ownsPartitions
                ? "owns partitions of the topics " + new TreeSet<>(topics)
                : "owns no partitions",
            handled.isEmpty()
                ? "handles no subscription"
                : "handles the subscriptions " + new TreeSet<>(handled));
  }
}
