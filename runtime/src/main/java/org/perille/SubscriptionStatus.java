package org.perille;

import java.util.List;

/**
 * How far a subscription is, partition by partition, as the partitions know it.
 *
 * @param topic the topic's name
 * @param subscription the subscription's name
 * @param partitions one entry for each partition, in order
 */
public record SubscriptionStatus(
    String topic, String subscription, List<PartitionStatus> partitions) {

  public SubscriptionStatus {
    partitions = List.copyOf(partitions);
  }

  /**
   * How far it is in one partition.
   *
   * @param partition the partition, from 0
   * @param endOffset the offset that the next published message will get
   * @param nextOffset the lowest offset that the subscription hasn't durably finished; -1 while no
   *     worker is attached
   * @param finishedAbove how many offsets above it are finished already
   */
  public record PartitionStatus(
      int partition, long endOffset, long nextOffset, long finishedAbove) {
    /** Messages not yet durably finished; all of them while no worker is attached. */
    public long lag() {
      return nextOffset < 0 ? endOffset : Math.max(0, endOffset - nextOffset - finishedAbove);
    }
  }

  /** Messages that the subscription hasn't durably finished yet. */
  public long lag() {
    return partitions.stream().mapToLong(PartitionStatus::lag).sum();
  }

  /** Whether every partition has a worker of this subscription attached. */
  public boolean attached() {
    return partitions.stream().allMatch(p -> p.nextOffset() >= 0);
  }
}
