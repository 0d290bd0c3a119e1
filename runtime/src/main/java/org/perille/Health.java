package org.perille;

import java.util.List;

/**
 * The health of this node, for the probes of an orchestrator.
 *
 * <p><b>live</b> is false if only a restart of the node can help: the node was removed from its
 * cluster, or its actor system has terminated. No database, handler or subscription makes it false,
 * because a restart would repair none of them.
 *
 * <p><b>ready</b> is true if the node can take requests that publish: it is a member of its
 * cluster, and its database answers. A subscription with a problem doesn't make it false, because
 * the node publishes, and handles all others.
 *
 * <p><b>problems</b> need an operator, also while the node is ready. Alert on them, and don't
 * restart for them. The list has those of this node only; query each node.
 *
 * @param live false if the node can't recover by itself and should be restarted
 * @param ready true if the node is a member of its cluster, can publish, and reaches its database
 * @param detail one line with the reason, human-readable
 * @param problems the problems of this node, ordered by subject; empty if none is known
 */
public record Health(boolean live, boolean ready, String detail, List<Problem> problems) {

  /**
   * A problem of this node.
   *
   * @param subject the affected part: a subscription and partition, or the database
   * @param text the problem and its remedy, human-readable
   */
  public record Problem(String subject, String text) {}

  public Health {
    problems = List.copyOf(problems);
  }
}
