package org.perille;

import java.util.List;

/**
 * Whether this node works, for the probes of an orchestrator.
 *
 * <p><b>live</b> says whether restarting the node can help. It is false when the node was removed
 * from its cluster, or its actor system has terminated. No database, handler or subscription makes
 * it false: a restart would repair none of them.
 *
 * <p><b>ready</b> says whether the node can take requests that publish. It is true when the node is
 * a member of its cluster and its database answers. A subscription that can't go on doesn't make it
 * false: the node publishes, and handles all others.
 *
 * <p><b>problems</b> are what an operator should look at, also while the node is ready: alert on
 * them, and don't restart for them. Only those of this node are listed: ask each.
 *
 * @param live false when the node can't recover by itself and should be restarted
 * @param ready whether the node is a member of its cluster, can publish, and reaches its database
 * @param detail one line that says why, for people
 * @param problems what doesn't work on this node, ordered by subject; empty if nothing is known
 */
public record Health(boolean live, boolean ready, String detail, List<Problem> problems) {

  /**
   * Something that doesn't work.
   *
   * @param subject what is concerned: a subscription and partition, or the database
   * @param text what is wrong and what to do, for people
   */
  public record Problem(String subject, String text) {}

  public Health {
    problems = List.copyOf(problems);
  }
}
