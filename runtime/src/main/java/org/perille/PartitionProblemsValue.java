package org.perille;

import java.util.Objects;
import java.util.Optional;
import org.perille.SubscriptionStatus.PartitionProblems;

/**
 * The components of {@link SubscriptionStatus.PartitionProblems}. A public record could not get
 * further ones.
 */
record PartitionProblemsValue(
    long retrying,
    long waiting,
    long parkedKeys,
    long deadLetters,
    long skipped,
    Optional<String> paused,
    long hanging)
    implements SubscriptionStatus.PartitionProblems {
  PartitionProblemsValue {
    Objects.requireNonNull(paused, "paused");
  }

  static final PartitionProblems NONE =
      new PartitionProblemsValue(0, 0, 0, 0, 0, Optional.empty(), 0);

  @Override
  public PartitionProblems withPaused(String reason) {
    return new PartitionProblemsValue(
        retrying, waiting, parkedKeys, deadLetters, skipped, Optional.of(reason), hanging);
  }
}
