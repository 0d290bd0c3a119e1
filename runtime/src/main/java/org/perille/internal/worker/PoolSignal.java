package org.perille.internal.worker;

/** A signal to ask the handler pool for something, processed in the worker's turn. */
public enum PoolSignal implements WorkerInput {
  /** Outcomes are ready to be taken. */
  OUTCOMES_READY,
  /** No handler runs, and none will start. */
  QUIET,
  /** The stop time-out has passed. */
  STOP_TIMED_OUT,
  /** It is time to check for calls that run too long. */
  CHECK_DEADLINES
}
