package org.perille.internal.subscribe;

import org.perille.internal.log.PartitionId;

/**
 * The journal's names for what a subscription stores in a partition.
 *
 * @param name the name that the subscription is stored under
 */
public record WorkerIds(PartitionId partition, String name) {
  /** Returns the name of its cursor log. */
  public String cursor() {
    return "perille-subscription|" + partition.entityId() + "~" + name;
  }

  /** Returns the name of its failure log. */
  public String failures() {
    return "perille-failures|" + partition.entityId() + "~" + name;
  }
}
