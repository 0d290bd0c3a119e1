package org.perille.internal.log;

/** Names a partition of a topic. */
public record PartitionId(String topic, int partition) {
  /** Not allowed in names, so that an id can be taken apart again. */
  private static final char SEPARATOR = '~';

  /** The name of the partition's entity; safe as an actor name. */
  public String entityId() {
    return topic + SEPARATOR + partition;
  }

  /** The partition with this entity name. */
  public static PartitionId ofEntityId(String entityId) {
    int at = entityId.lastIndexOf(SEPARATOR);
    if (at < 1) {
      throw new IllegalArgumentException("'" + entityId + "' is not the id of a partition");
    }
    return new PartitionId(entityId.substring(0, at), Integer.parseInt(entityId.substring(at + 1)));
  }

  /** The journal's name for the partition's log. */
  public String persistenceId() {
    return "perille-partition|" + entityId();
  }

  @Override
  public String toString() {
    return topic + "/" + partition;
  }
}
