package org.perille.internal.subscribe;

import java.util.Optional;
import org.perille.internal.feed.FeedBatch;

/** Handlers have ended, or were waited for long enough: what is finished is made durable. */
final class Flushing extends Stopping {
  /** True if no handler runs any more. */
  private final boolean isQuiet;

  /** True if a handler was given up that may still run. */
  private final boolean hasAbandoned;

  /** A batch that waits until the cursor behind it is durable; at-most-once alone. */
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
    // What comes now is recorded as untried.
    untilStored.ifPresent(this::accept);
    untilStored = Optional.empty();
    return proceed();
  }

  @Override
  WorkerState proceed() {
    if (reasons().failure().isPresent()) {
      // What it waits for may never come now.
      return end();
    }
    // Nobody knows what a broken handler has left behind: that is not as it was before.
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
      // A transaction that is still running would commit into the new generation.
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
