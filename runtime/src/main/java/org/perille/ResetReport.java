package org.perille;

import java.util.List;

/**
 * What a reset has done.
 *
 * @param reset what was ordered
 * @param partitions what became of each partition
 */
public record ResetReport(Reset reset, List<PartitionReset> partitions) {

  /**
   * What became of a partition.
   *
   * @param partition from 0
   * @param generation the new one
   * @param nextOffset where it begins
   * @param handledBefore how many of the messages that come again had been handled before
   */
  public record PartitionReset(
      int partition, long generation, long nextOffset, long handledBefore) {}

  public ResetReport {
    partitions = List.copyOf(partitions);
  }

  /** For people: what it means. */
  @Override
  public String toString() {
    long again = partitions.stream().mapToLong(PartitionReset::handledBefore).sum();
    return "%,d messages are handled again; the messages that were published for them are %s"
        .formatted(again, reset.publishAgain() ? "published again" : "not published again");
  }
}
