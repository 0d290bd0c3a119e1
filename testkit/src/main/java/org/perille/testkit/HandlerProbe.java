package org.perille.testkit;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.perille.Delivery;
import org.perille.testkit.Attempt.Outcome;

/**
 * The interceptor of one subscription's handler: records its attempts, and injects the planned
 * faults.
 */
final class HandlerProbe<T> {
  /** Crashes the node, and returns the exception once it has stopped. */
  @FunctionalInterface
  interface Crash {
    CrashedException now();
  }

  /** Ends a handler whose node has crashed. */
  static final class CrashedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CrashedException() {
      super("the node has crashed, as a test requested", null, false, false);
    }
  }

  private final AttemptLog<T> log = new AttemptLog<>();
  private final FaultPlan<T> plan = new FaultPlan<>();
  private final Crash crash;
  private final CountDownLatch closed;

  HandlerProbe(Crash crash, CountDownLatch closed) {
    this.crash = crash;
    this.closed = closed;
  }

  AttemptLog<T> log() {
    return log;
  }

  FaultPlan<T> plan() {
    return plan;
  }

  Call begin(Delivery<T> delivery) {
    return new Call(delivery.offset(), log.begin(delivery), plan.next(delivery));
  }

  /** One attempt. */
  final class Call {
    private final long offset;
    private final int number;
    private final Optional<Fault> fault;

    private Call(long offset, int number, Optional<Fault> fault) {
      this.offset = offset;
      this.number = number;
      this.fault = fault;
    }

    long offset() {
      return offset;
    }

    /** Injects the faults before the call of the handler. */
    void before() throws Exception {
      crashIfPlanned(CrashPoint.BEFORE_HANDLER);
      Fault planned = fault.orElse(null);
      if (planned instanceof Fault.Throws failing) {
        throw failing.failure().get();
      }
      if (planned instanceof Fault.Hangs) {
        closed.await();
        throw new InjectedFaultException("a test made this attempt hang, and has ended");
      }
    }

    /** Injects the faults after the handler has finished. */
    void after() {
      crashIfPlanned(CrashPoint.BEFORE_COMMIT);
      if (fault.orElse(null) instanceof Fault.LosesAnswer) {
        throw new InjectedFaultException("a test made the answer of this attempt get lost");
      }
    }

    /** Injects the faults after the commit of the effect. */
    void committed() {
      crashIfPlanned(CrashPoint.AFTER_COMMIT);
    }

    private void crashIfPlanned(CrashPoint point) {
      if (fault.orElse(null) instanceof Fault.Crashes crashes && crashes.point() == point) {
        throw crash.now();
      }
    }

    void done() {
      log.end(number, Outcome.DONE, Optional.empty());
    }

    void rolledBack() {
      log.end(number, Outcome.ROLLED_BACK, Optional.empty());
    }

    void failed(Throwable cause) {
      if (cause instanceof CrashedException) {
        log.end(number, Outcome.CRASHED, Optional.empty());
      } else {
        log.end(number, Outcome.FAILED, Optional.of(cause));
      }
    }
  }
}
