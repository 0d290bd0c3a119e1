package org.perille.internal.subscribe;

/** The worker has ended: nothing concerns it any more. */
record Ended(WorkerEnd how) implements WorkerState {
  @Override
  public WorkerState on(WorkerEvent event) {
    return this;
  }
}
