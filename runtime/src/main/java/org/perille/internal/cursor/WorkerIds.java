package org.perille.internal.cursor;

import org.perille.internal.log.PartitionId;

/** The persistence ids of a subscription in a partition. */
public record WorkerIds(PartitionId partition, String name) {
  /** Returns the persistence id of the cursor log. */
  public String cursor() {
    return "perille-subscription|" + partition.entityId() + "~" + name;
  }

  /** Returns the persistence id of the failure log. */
  public String failures() {
    return "perille-failures|" + partition.entityId() + "~" + name;
  }
}
