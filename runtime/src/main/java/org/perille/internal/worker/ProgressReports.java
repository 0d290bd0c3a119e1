package org.perille.internal.worker;

import java.util.Optional;
import java.util.function.LongSupplier;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.internal.Pure;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.FailureState;

/** The reports of a worker to its partition: the progress, and the problems of its subscription. */
@Pure
final class ProgressReports {
  private final WorkerContext context;
  private final long epoch;
  private final FailureState failures;
  private final LongSupplier skipped;
  private Optional<String> refusal = Optional.empty();
  private int hanging;

  /**
   * Creates the reports of a worker.
   *
   * @param epoch the epoch of the worker
   * @param skipped returns the number of messages that were skipped
   */
  ProgressReports(WorkerContext context, long epoch, FailureState failures, LongSupplier skipped) {
    this.context = context;
    this.epoch = epoch;
    this.failures = failures;
    this.skipped = skipped;
  }

  /** Reports a durable cursor, and the problems. */
  void report(Cursor saved) {
    context.add(
        new WorkerAction.Report(
            epoch, saved.nextOffset(), saved.finishedAbove(), problems(), refusal));
  }

  private PartitionProblems problems() {
    Optional<String> paused =
        failures
            .paused()
            .or(
                () ->
                    failures
                        .stoppedBy()
                        .map(DeadLetterRecord::offset)
                        .map(offset -> "stopped by the dead letter at offset " + offset));
    PartitionProblems problems =
        PartitionProblems.builder()
            .retrying(failures.deferred().retrying())
            .waiting((long) failures.deferred().size() - failures.deferred().retrying())
            .parkedKeys(failures.deferred().parkedGroups())
            .deadLetters(failures.letters().size())
            .skipped(skipped.getAsLong())
            .hanging(hanging)
            .build();
    return paused.map(problems::withPaused).orElse(problems);
  }

  /** Notes whether the partition feeds the worker, or refuses to for this reason. */
  void feedAnswered(Optional<String> reason) {
    if (!refusal.equals(reason)) {
      refusal = reason;
      reason.ifPresent(why -> context.note(new WorkerNote.FeedRefused(why)));
    }
  }

  /** Stores the number of hanging attempts; returns whether it has changed. */
  boolean hang(int count) {
    boolean changed = hanging != count;
    hanging = count;
    return changed;
  }
}
