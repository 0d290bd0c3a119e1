package org.perille.internal.subscribe;

import org.perille.internal.log.PartitionId;

/**
 * The journal's names for what a subscription stores in a partition.
 *
 * @param name the name that the subscription is stored under
 */
public record WorkerIds(PartitionId partition, String name) {
  /** The name of its progress. */
  public String progress() {
    return "perille-subscription|" + partition.entityId() + "~" + name;
  }

  /** The name of its failures. */
  public String failures() {
    return "perille-failures|" + partition.entityId() + "~" + name;
  }
}
