package org.perille.internal.limit;

import java.util.Optional;

/**
 * A node's report of its use of the limits, with which it asks for its share.
 *
 * @param node the node's address and epoch
 * @param number of the report; rises with each report
 * @param permits concurrent runs, if the cluster limits them
 * @param rate messages per second, if the cluster limits them
 */
public record LeaseReport(String node, long number, Optional<Need> permits, Optional<Need> rate) {

  /**
   * The node's statement about one limit.
   *
   * @param limit of the whole cluster, as this node knows it
   * @param held the node's valid share
   * @param inUse the amount in use, which may be more than the node holds now
   * @param wanted the amount that the node would use if it could
   */
  public record Need(double limit, double held, double inUse, double wanted) {}
}
