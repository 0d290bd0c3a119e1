package org.perille.internal.worker;

import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.partition.WorkerRequest;

/**
 * The phase in which the worker makes finished messages durable. Handlers have ended, or the stop
 * time-out has passed.
 */
@Pure
final class Flushing extends Stopping {
  /** True if no handler runs any more. */
  private final boolean isQuiet;

  /** True if an invocation was abandoned that may still run. */
  private final boolean hasAbandoned;

  /** A batch that waits until its cursor is durable. At-most-once only. */
  private Optional<FeedBatch> untilStored;

  private boolean settled;

  Flushing(
      PartitionWork work,
      StopReasons reasons,
      WorkerEvent.HandlersStopped stopped,
      Optional<FeedBatch> untilStored) {
    super(work, reasons);
    this.isQuiet = stopped.all();
    this.hasAbandoned = stopped.abandoned();
    this.untilStored = untilStored;
  }

  @Override
  WorkerState stopFor() {
    return proceed();
  }

  @Override
  WorkerState stopped(WorkerEvent.HandlersStopped stopped) {
    return this;
  }

  @Override
  WorkerState stored() {
    // Its messages are recorded as untried.
    untilStored.ifPresent(this::accept);
    untilStored = Optional.empty();
    return proceed();
  }

  @Override
  WorkerState proceed() {
    if (reasons().failure().isPresent()) {
      // After a failure the awaited writes may never end.
      return end();
    }
    // After a failure of the pool it isn't known what handlers have left behind, so nothing counts
    // as untried.
    if (isQuiet && !settled && !reasons().isBroken()) {
      settled = true;
      work().settle(hasAbandoned);
    }
    if (!allIsDurable()) {
      return this;
    }
    return reasons().reset().isPresent() && !reasons().isRequested()
        ? reset(reasons().reset().get())
        : end();
  }

  private WorkerState reset(WorkerRequest.Reset request) {
    if (context().policy().resetWaitsForHandlers() && !isQuiet) {
      // A transaction that still runs would commit into the new generation.
      return end(WorkerEnd.WasReset.INSTANCE);
    }
    long handledBefore = work().cursors().reset(request, work().journal().failures().unhandled());
    return new Resetting(work(), reasons(), request, handledBefore);
  }

  @Override
  public String toString() {
    return "flushing, " + reasons();
  }
}
