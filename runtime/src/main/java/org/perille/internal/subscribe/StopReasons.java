package org.perille.internal.subscribe;

import java.util.Optional;

/**
 * The reasons for which a worker stops. Immutable.
 *
 * @param isRequested whether it was told to hand over
 * @param reset the generation that is to begin, if one is
 * @param failure the reason why it can't go on, if it can't
 * @param isBroken whether its pool can't go on: nobody knows what a handler has left behind
 */
record StopReasons(
    boolean isRequested,
    Optional<WorkerRequest.Reset> reset,
    Optional<Throwable> failure,
    boolean isBroken) {
  static final StopReasons NONE = new StopReasons(false, Optional.empty(), Optional.empty(), false);

  StopReasons requested() {
    return new StopReasons(true, reset, failure, isBroken);
  }

  StopReasons reset(WorkerRequest.Reset request) {
    return new StopReasons(isRequested, Optional.of(request), failure, isBroken);
  }

  StopReasons failed(Throwable cause) {
    return new StopReasons(isRequested, reset, Optional.of(cause), isBroken);
  }

  StopReasons broken() {
    return new StopReasons(isRequested, reset, failure, true);
  }

  /** Returns how the worker ends; empty if it waits until it is told to. */
  Optional<WorkerEnd> end() {
    return isRequested
        ? Optional.of(WorkerEnd.Stopped.INSTANCE)
        : failure.map(WorkerEnd.Failed::new);
  }
}
