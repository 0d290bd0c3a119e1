package org.perille;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The progress of a subscription, by partition, as the partitions know it.
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
   * The progress in one partition.
   *
   * @param partition the partition, from 0
   * @param endOffset the offset of the next message to be published
   * @param nextOffset the lowest offset that the subscription hasn't durably finished; empty while
   *     no worker is attached
   * @param finishedAbove the number of finished offsets above it
   * @param problems the problems of the partition, and its waiting messages
   */
  public record PartitionStatus(
      int partition,
      long endOffset,
      OptionalLong nextOffset,
      long finishedAbove,
      PartitionProblems problems) {
    /**
     * Returns the number of messages not yet durably finished.
     *
     * <p>It includes deferred messages, but not dead letters. While no worker is attached it is the
     * number of all messages.
     */
    public long lag() {
      return nextOffset.isEmpty()
          ? endOffset
          : Math.max(0, endOffset - nextOffset.getAsLong() - finishedAbove)
              + problems.retrying()
              + problems.waiting();
    }
  }

  /**
   * The problems of a partition, and its waiting messages.
   *
   * @param retrying messages that have failed and will be retried, or are being retried now
   * @param waiting deferred messages: behind one that is retried, behind a dead letter of their
   *     key, or until their time
   * @param parkedKeys keys whose messages wait behind a dead letter
   * @param deadLetters messages that were given up, and neither redriven nor discarded
   * @param skipped messages that were skipped permanently since the worker started: expired ones
   *     with {@link OnExpired#DROP}, and failed ones of an ephemeral subscription
   * @param paused the reason why no handler starts: an operator's pause, a dead letter that stops
   *     the partition, a limit, a circuit breaker, or the partition's reason to refuse feeding;
   *     empty if there is none
   * @param hanging calls of the handler that have run for longer than {@code
   *     perille.subscription.hanging-after} (default: 1 min); the log names each with its stack
   *     trace
   */
  public record PartitionProblems(
      long retrying,
      long waiting,
      long parkedKeys,
      long deadLetters,
      long skipped,
      Optional<String> paused,
      long hanging) {
    /** No problems and no waiting messages. */
    public static final PartitionProblems NONE =
        new PartitionProblems(0, 0, 0, 0, 0, Optional.empty(), 0);

    /** Returns the same with another reason why no handler starts. */
    public PartitionProblems withPaused(String reason) {
      return new PartitionProblems(
          retrying, waiting, parkedKeys, deadLetters, skipped, Optional.of(reason), hanging);
    }
  }

  /** Returns the number of dead letters of all partitions. */
  public long deadLetters() {
    return partitions.stream().mapToLong(p -> p.problems().deadLetters()).sum();
  }

  /** Returns the number of messages of all partitions that are deferred or retried. */
  public long waiting() {
    return partitions.stream()
        .mapToLong(p -> p.problems().waiting() + p.problems().retrying())
        .sum();
  }

  /** Returns the number of messages that the subscription hasn't durably finished. */
  public long lag() {
    return partitions.stream().mapToLong(PartitionStatus::lag).sum();
  }

  /** Returns whether every partition has a worker of this subscription attached. */
  public boolean attached() {
    return partitions.stream().allMatch(p -> p.nextOffset().isPresent());
  }
}
