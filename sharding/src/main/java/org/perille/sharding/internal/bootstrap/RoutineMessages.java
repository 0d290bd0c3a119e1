package org.perille.sharding.internal.bootstrap;

import java.util.List;
import org.perille.internal.Pure;

/**
 * The log messages of Pekko that are routine on a node of Perille.
 *
 * <p>Pekko logs them at INFO or WARN, for each topic and subscription, whenever a node comes or
 * goes. They need no attention: messages that a region drops are sent again, and Perille logs
 * itself which member has come, gone or was lost.
 */
@Pure
final class RoutineMessages {
  private record Message(String logger, String text) {}

  private static final List<Message> ALL =
      List.of(
          new Message("ClusterSingletonManager", ""),
          new Message("ShardRegion", "Requested shard homes"),
          new Message("ShardRegion", "buffered messages to shard"),
          new Message("ShardRegion", "Automatic entity passivation"),
          new Message("ArteryTransport", "quarantined this node"),
          new Message("ClusterGossip", "Ignoring received gossip"),
          new Message("Cluster", "manual cluster join required"));

  private RoutineMessages() {}

  /**
   * Returns whether a message is routine.
   *
   * @param logger the class that logs it
   */
  static boolean isRoutine(Class<?> logger, String text) {
    return logger.getName().startsWith("org.apache.pekko.")
        && ALL.stream()
            .anyMatch(
                routine ->
                    logger.getSimpleName().equals(routine.logger())
                        && text.contains(routine.text()));
  }
}
