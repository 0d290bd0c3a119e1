package org.perille.internal.subscribe;

/** Something that the handler pool is to be asked for, in the worker's turn. */
enum PoolSignal implements WorkerInput {
  /** There are outcomes to take. */
  OUTCOMES_READY,
  /** No handler runs any more, and none will. */
  QUIET,
  /** The time for stopping has passed. */
  STOP_TIMED_OUT,
  /** It is time to look for calls that run for too long. */
  CHECK_DEADLINES
}
