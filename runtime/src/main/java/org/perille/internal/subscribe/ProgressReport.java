package org.perille.internal.subscribe;

import java.util.Optional;
import org.perille.SubscriptionStatus.Trouble;
import org.perille.internal.partition.PartitionRequest;
import org.slf4j.Logger;

/** Tells the partition how far a worker is, and if it isn't fed, why. Used by the worker alone. */
final class ProgressReport {
  private final Worker.Assignment<?> assignment;
  private final Logger log;
  private Optional<String> refusal = Optional.empty();

  ProgressReport(Worker.Assignment<?> assignment, Logger log) {
    this.assignment = assignment;
    this.log = log;
  }

  /** The partition refuses to feed the worker for this reason; if empty, it doesn't refuse. */
  void fed(Optional<String> reason) {
    if (refusal.equals(reason)) {
      return;
    }
    refusal = reason;
    reason.ifPresent(
        why ->
            log.error(
                "{} can't be fed in partition {}: {}",
                assignment.subscription(),
                assignment.partition().partition(),
                why));
  }

  /** Tells the partition what is durable. */
  void tell(long incarnation, Cursor saved, Optional<Trouble> trouble) {
    Trouble known = trouble.orElse(Trouble.NONE);
    assignment
        .partitionRequests()
        .accept(
            new PartitionRequest.CursorReport(
                assignment.name(),
                incarnation,
                saved.nextOffset(),
                saved.finishedAbove(),
                refusal.map(known::withPaused).orElse(known)));
  }
}
