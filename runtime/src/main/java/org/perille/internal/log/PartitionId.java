package org.perille.internal.log;

/** The identity of a partition of a topic. */
public record PartitionId(String topic, int partition) {
  /** A character that isn't allowed in names, so that an id can be parsed. */
  private static final char SEPARATOR = '~';

  /** Returns the name of the partition's entity, which is safe as an actor name. */
  public String entityId() {
    return topic + SEPARATOR + partition;
  }

  /** Returns the partition with this entity name. */
  public static PartitionId ofEntityId(String entityId) {
    int at = entityId.lastIndexOf(SEPARATOR);
    if (at < 1) {
      throw new IllegalArgumentException("'" + entityId + "' is not the id of a partition");
    }
    return new PartitionId(entityId.substring(0, at), Integer.parseInt(entityId.substring(at + 1)));
  }

  /** Returns the persistence id of the partition's log. */
  public String persistenceId() {
    return "perille-partition|" + entityId();
  }

  @Override
  public String toString() {
    return topic + "/" + partition;
  }
}
