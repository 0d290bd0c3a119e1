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
   * <p><b>Threading</b>: immutable.
   */
  public sealed interface PartitionStatus permits PartitionStatusValue {
    /** Returns the partition, from 0. */
    int partition();

    /** Returns the offset of the next message to be published. */
    long endOffset();

    /**
     * Returns the lowest offset that the subscription hasn't durably finished. Empty while no
     * worker is attached.
     */
    OptionalLong nextOffset();

    /** Returns the number of finished offsets above {@link #nextOffset()}. */
    long finishedAbove();

    /** Returns the problems of the partition, and its waiting messages. */
    PartitionProblems problems();

    /**
     * Returns the number of messages not yet durably finished.
     *
     * <p>It includes deferred messages, but not dead letters. While no worker is attached it is the
     * number of all messages.
     */
    default long lag() {
      return nextOffset().isEmpty()
          ? endOffset()
          : Math.max(0, endOffset() - nextOffset().getAsLong() - finishedAbove())
              + problems().retrying()
              + problems().waiting();
    }

    /**
     * Starts a partition's status, for tests.
     *
     * <p>Defaults: an empty partition without an attached worker, and without problems.
     */
    static Builder builder(int partition) {
      return new Builder(partition);
    }

    /**
     * Builds a partition's status.
     *
     * <p><b>Threading</b>: for use by one thread.
     */
    final class Builder {
      private final int partition;
      private long endOffset;
      private OptionalLong nextOffset = OptionalLong.empty();
      private long finishedAbove;
      private PartitionProblems problems = PartitionProblems.none();

      private Builder(int partition) {
        this.partition = partition;
      }

      /** Sets the offset of the next message to be published. */
      public Builder endOffset(long endOffset) {
        this.endOffset = endOffset;
        return this;
      }

      /** Sets the lowest offset that the subscription hasn't durably finished. */
      public Builder nextOffset(long nextOffset) {
        this.nextOffset = OptionalLong.of(nextOffset);
        return this;
      }

      /** Sets the number of finished offsets above it. */
      public Builder finishedAbove(long finishedAbove) {
        this.finishedAbove = finishedAbove;
        return this;
      }

      /** Sets the problems of the partition, and its waiting messages. */
      public Builder problems(PartitionProblems problems) {
        this.problems = problems;
        return this;
      }

      /**
       * Returns the result.
       *
       * @throws NullPointerException if a property is null
       */
      public PartitionStatus build() {
        return new PartitionStatusValue(partition, endOffset, nextOffset, finishedAbove, problems);
      }
    }
  }

  /**
   * The problems of a partition, and its waiting messages.
   *
   * <p><b>Threading</b>: immutable.
   */
  public sealed interface PartitionProblems permits PartitionProblemsValue {
    /** Returns the number of messages that have failed and will be retried, or are retried now. */
    long retrying();

    /**
     * Returns the number of deferred messages: behind one that is retried, behind a dead letter of
     * their key, or until their time.
     */
    long waiting();

    /** Returns the number of keys whose messages wait behind a dead letter. */
    long parkedKeys();

    /** Returns the number of messages that were given up, and neither redriven nor discarded. */
    long deadLetters();

    /**
     * Returns the number of messages that were skipped permanently since the worker started:
     * expired ones with {@link OnExpired#DROP}, and failed ones of an ephemeral subscription.
     */
    long skipped();

    /**
     * Returns the reason why no handler starts: an operator's pause, a dead letter that stops the
     * partition, a limit, a circuit breaker, or the partition's reason to refuse feeding. Empty if
     * there is none.
     */
    Optional<String> paused();

    /**
     * Returns the number of calls of the handler that have run for longer than {@code
     * perille.subscription.hanging-after} (default: 1 min). The log names each with its stack
     * trace.
     */
    long hanging();

    /** Returns no problems and no waiting messages. */
    static PartitionProblems none() {
      return PartitionProblemsValue.NONE;
    }

    /** Returns the same with another reason why no handler starts. */
    PartitionProblems withPaused(String reason);

    /** Starts the problems of a partition. Default: none. */
    static Builder builder() {
      return new Builder();
    }

    /**
     * Builds the problems of a partition.
     *
     * <p><b>Threading</b>: for use by one thread.
     */
    final class Builder {
      private long retrying;
      private long waiting;
      private long parkedKeys;
      private long deadLetters;
      private long skipped;
      private Optional<String> paused = Optional.empty();
      private long hanging;

      private Builder() {}

      /** Sets the number of messages that have failed and will be retried, or are being retried. */
      public Builder retrying(long retrying) {
        this.retrying = retrying;
        return this;
      }

      /** Sets the number of deferred messages. */
      public Builder waiting(long waiting) {
        this.waiting = waiting;
        return this;
      }

      /** Sets the number of keys whose messages wait behind a dead letter. */
      public Builder parkedKeys(long parkedKeys) {
        this.parkedKeys = parkedKeys;
        return this;
      }

      /** Sets the number of messages that were given up, and neither redriven nor discarded. */
      public Builder deadLetters(long deadLetters) {
        this.deadLetters = deadLetters;
        return this;
      }

      /** Sets the number of messages that were skipped permanently. */
      public Builder skipped(long skipped) {
        this.skipped = skipped;
        return this;
      }

      /** Sets the reason why no handler starts. */
      public Builder paused(String paused) {
        this.paused = Optional.of(paused);
        return this;
      }

      /** Sets the number of calls of the handler that run for too long. */
      public Builder hanging(long hanging) {
        this.hanging = hanging;
        return this;
      }

      /**
       * Returns the result.
       *
       * @throws NullPointerException if a property is null
       */
      public PartitionProblems build() {
        return new PartitionProblemsValue(
            retrying, waiting, parkedKeys, deadLetters, skipped, paused, hanging);
      }
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
