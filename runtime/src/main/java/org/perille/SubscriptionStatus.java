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
   * @param trouble what is not as it should be, or waits
   */
  public record PartitionStatus(
      int partition, long endOffset, long nextOffset, long finishedAbove, Trouble trouble) {
    /**
     * Messages not yet durably finished, those that are put aside included, and dead letters not;
     * all of them while no worker is attached.
     */
    public long lag() {
      return nextOffset < 0
          ? endOffset
          : Math.max(0, endOffset - nextOffset - finishedAbove)
              + trouble.retrying()
              + trouble.waiting();
    }
  }

  /**
   * What is not as it should be in a partition, or waits.
   *
   * @param retrying messages that have failed and will be tried again, or run again now
   * @param waiting messages that are put aside: behind one that is tried again, behind a dead
   *     letter of their key, or until their time comes
   * @param parkedKeys keys whose messages wait behind a dead letter
   * @param deadLetters messages that were given up, and neither redriven nor discarded
   * @param skipped messages that were skipped for good since the worker started: expired ones where
   *     that was chosen, and those of an ephemeral subscription that failed
   * @param paused why nothing is begun: by whom it was paused, which dead letter stops it, which
   *     limit or circuit breaker holds it, or why the partition refuses to feed it; empty if it
   *     goes on
   * @param hanging calls of the handler that have run for longer than {@code
   *     perille.subscription.hanging-after}; the log names each with its stack trace
   */
  public record Trouble(
      long retrying,
      long waiting,
      long parkedKeys,
      long deadLetters,
      long skipped,
      String paused,
      long hanging) {
    /** All is well. */
    public static final Trouble NONE = new Trouble(0, 0, 0, 0, 0, "");

    /** Trouble without calls that hang. */
    public Trouble(
        long retrying,
        long waiting,
        long parkedKeys,
        long deadLetters,
        long skipped,
        String paused) {
      this(retrying, waiting, parkedKeys, deadLetters, skipped, paused, 0);
    }

    /** The same with another reason why nothing is begun. */
    public Trouble withPaused(String reason) {
      return new Trouble(retrying, waiting, parkedKeys, deadLetters, skipped, reason, hanging);
    }
  }

  /** Dead letters of all partitions. */
  public long deadLetters() {
    return partitions.stream().mapToLong(p -> p.trouble().deadLetters()).sum();
  }

  /** Messages of all partitions that are put aside or tried again. */
  public long waiting() {
    return partitions.stream().mapToLong(p -> p.trouble().waiting() + p.trouble().retrying()).sum();
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
