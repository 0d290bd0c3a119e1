package org.perille.internal.worker;

import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedBatch;

/** The phase in which the worker waits for its handlers to end, up to the stop time-out. */
@Pure
final class Draining extends Stopping {
  /** A batch that waits until its cursor is durable. At-most-once only. */
  private Optional<FeedBatch> untilStored;

  private Draining(PartitionWork work, StopReasons reasons, Optional<FeedBatch> untilStored) {
    super(work, reasons);
    this.untilStored = untilStored;
  }

  /**
   * Begins to stop. The caller then calls {@link #stopHandlers}, or {@link #fail} after a failure.
   */
  static Draining begin(PartitionWork work, StopReasons reasons, Optional<FeedBatch> untilStored) {
    work.beginStopping();
    work.context().add(WorkerAction.StopFeed.INSTANCE);
    return new Draining(work, reasons, untilStored);
  }

  /**
   * Stops the handlers, unless a batch waits for its cursor. That batch must still be handled: the
   * cursor passes it, so it would be lost. After a failure the cursor may never become durable, and
   * the handlers stop at once.
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
