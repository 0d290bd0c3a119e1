package org.perille.internal.worker;

import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.partition.WorkerRequest;

/**
 * The reasons for which a worker stops. Immutable.
 *
 * @param isRequested whether it was requested to hand over
 * @param reset the request for a new generation; empty if there is none
 * @param failure after which the worker can't go on; empty if there is none
 * @param isBroken whether its pool can't go on, so that it isn't known what handlers have left
 *     behind
 */
@Pure
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

  /** Returns how the worker ends; empty if it still waits for a stop request. */
  Optional<WorkerEnd> end() {
    return isRequested
        ? Optional.of(WorkerEnd.Stopped.INSTANCE)
        : failure.map(WorkerEnd.Failed::new);
  }
}
