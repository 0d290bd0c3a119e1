package org.perille;

import java.util.List;

/**
 * The result of a reset.
 *
 * @param reset the request
 * @param partitions the result of each partition
 */
public record ResetReport(Reset reset, List<PartitionReset> partitions) {

  /**
   * The result of a partition.
   *
   * @param partition the partition, from 0
   * @param generation the new generation
   * @param nextOffset the offset at which it starts
   * @param handledBefore the number of repeated messages that were handled before
   */
  public record PartitionReset(
      int partition, long generation, long nextOffset, long handledBefore) {}

  public ResetReport {
    partitions = List.copyOf(partitions);
  }

  /** Returns the result as human-readable text. */
  @Override
  public String toString() {
    long again = partitions.stream().mapToLong(PartitionReset::handledBefore).sum();
    return "%,d messages are handled again; the messages that were published for them are %s"
        .formatted(again, reset.publishAgain() ? "published again" : "not published again");
  }
}
