package org.perille;

import java.util.Objects;
import java.util.OptionalLong;
import org.perille.SubscriptionStatus.PartitionProblems;

/**
 * The components of {@link SubscriptionStatus.PartitionStatus}. A public record could not get
 * further ones.
 */
record PartitionStatusValue(
    int partition,
    long endOffset,
    OptionalLong nextOffset,
    long finishedAbove,
    PartitionProblems problems)
    implements SubscriptionStatus.PartitionStatus {
  PartitionStatusValue {
    Objects.requireNonNull(nextOffset, "nextOffset");
    Objects.requireNonNull(problems, "problems");
  }
}
