package org.perille.internal.subscribe;

import java.util.Optional;
import org.perille.internal.feed.FeedBatch;

/** The worker waits until its handlers have ended, or the time for it has passed. */
final class Draining extends Stopping {
  /** A batch that waits until the cursor behind it is durable; at-most-once alone. */
  private Optional<FeedBatch> untilStored;

  private Draining(PartitionWork work, StopReasons reasons, Optional<FeedBatch> untilStored) {
    super(work, reasons);
    this.untilStored = untilStored;
  }

  /** Begins to stop; handlers are stopped with {@link #stopHandlers}, or by a failure. */
  static Draining begin(PartitionWork work, StopReasons reasons, Optional<FeedBatch> untilStored) {
    work.beginStopping();
    work.context().add(WorkerAction.StopFeed.INSTANCE);
    return new Draining(work, reasons, untilStored);
  }

  /**
   * Lets handlers end, unless a batch waits that has to be handled: it is behind its cursor, and if
   * it isn't handled now it is lost. After a failure that cursor may never be durable.
   */
  WorkerState stopHandlers() {
    if (untilStored.isEmpty() || reasons().failure().isPresent()) {
      boolean drains = context().policy().drainsWhenStopping() && !work().dispatcher().isPaused();
      context().add(new WorkerAction.StopHandlers(drains));
    }
    return this;
  }

  @Override
  WorkerState stopFor() {
    return stopHandlers();
  }

  @Override
  WorkerState stored() {
    if (untilStored.isPresent()) {
      accept(untilStored.get());
      untilStored = Optional.empty();
      stopHandlers();
    }
    return proceed();
  }

  @Override
  WorkerState proceed() {
    work().storeAwaited();
    return this;
  }

  @Override
  WorkerState stopped(WorkerEvent.HandlersStopped stopped) {
    work().keepUntried(stopped.untried());
    return new Flushing(work(), reasons(), stopped, untilStored).proceed();
  }

  @Override
  public String toString() {
    return "draining, " + reasons();
  }
}
