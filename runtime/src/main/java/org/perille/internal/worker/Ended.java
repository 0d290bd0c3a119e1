package org.perille.internal.worker;

import org.perille.internal.Pure;

/** The final phase: the worker has ended and ignores all events. */
@Pure
record Ended(WorkerEnd how) implements WorkerState {
  @Override
  public WorkerState on(WorkerEvent event) {
    return this;
  }
}
