package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.perille.internal.Pure;
import org.perille.spi.RegisteredSubscription;

/**
 * Decides whether a node belongs to another application than the nodes that it has joined.
 *
 * <p>A new version of an application, and each of its services, has topics that the database knows.
 * Nodes of two applications would get partitions of each other's topics, which they don't know.
 */
@Pure
final class OtherApplications {
  private OtherApplications() {}

  /**
   * Returns the reason to refuse a node, if there is one.
   *
   * @param topics the topics of the node
   * @param known all topics that are registered in the database
   * @param registered the subscriptions in the database
   * @param now the time, by the clock of the database
   * @param seenFor the time after which a subscription that no node has recorded counts as stopped
   */
  static Optional<String> refusal(
      Collection<String> topics,
      Set<String> known,
      List<RegisteredSubscription> registered,
      Instant now,
      Duration seenFor) {
    Set<String> running =
        registered.stream()
            .filter(subscription -> subscription.removed().isEmpty())
            .filter(subscription -> subscription.lastSeen().plus(seenFor).isAfter(now))
            .map(RegisteredSubscription::topic)
            .collect(Collectors.toCollection(TreeSet::new));
    if (running.isEmpty() || topics.isEmpty() || !Collections.disjoint(known, topics)) {
      return Optional.empty();
    }
    return Optional.of(
        "all topics of this node, %s, are new to its database, and the nodes that it has joined run subscriptions of the topics %s: they are of another application. Each application needs a database or a schema of its own (for example jdbc:postgresql://…?currentSchema=…). If they are of the same one, then register at least one of its topics here too, or stop its nodes first"
            .formatted(new TreeSet<>(topics), running));
  }
}
