package org.perille.internal.subscribe;

/** The final phase: the worker has ended and ignores all events. */
record Ended(WorkerEnd how) implements WorkerState {
  @Override
  public WorkerState on(WorkerEvent event) {
    return this;
  }
}
