package org.perille.internal.pace;

import java.util.Optional;

/**
 * What a node says when it asks for its share.
 *
 * @param node its address and epoch
 * @param number of the question, rising
 * @param permits runs at once, if the cluster limits them
 * @param rate messages in a second, if the cluster limits them
 */
public record LeaseReport(String node, long number, Optional<Need> permits, Optional<Need> rate) {

  /**
   * What it says of one limit.
   *
   * @param limit of the whole cluster, as this node knows it
   * @param held its valid share
   * @param inUse what it uses, which may be more than it holds now
   * @param wanted what it would use if it could
   */
  public record Need(double limit, double held, double inUse, double wanted) {}
}
