package org.perille.testkit;

import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.perille.Delivery;
import org.perille.testkit.Attempt.Outcome;

/**
 * Stands beside the handler of one subscription: notes what it is given, and lets go wrong what is
 * planned.
 */
final class Watch<T> {
  /** Ends the node, and throws when it has ended. */
  @FunctionalInterface
  interface Crash {
    CrashedException now();
  }

  /** Ends a handler whose node has gone. */
  static final class CrashedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CrashedException() {
      super("the node has crashed, as a test has ordered", null, false, false);
    }
  }

  private final AttemptLog<T> log = new AttemptLog<>();
  private final FaultPlan<T> plan = new FaultPlan<>();
  private final Crash crash;
  private final CountDownLatch closed;

  Watch(Crash crash, CountDownLatch closed) {
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

    /** What goes wrong before the handler is called. */
    void before() throws Exception {
      crashIfPlanned(CrashPoint.BEFORE_HANDLER);
      Fault planned = fault.orElse(null);
      if (planned instanceof Fault.Throws failing) {
        throw failing.failure().get();
      }
      if (planned instanceof Fault.Hangs) {
        closed.await();
        throw new InjectedFaultException("a test has let this attempt hang, and ended");
      }
    }

    /** What goes wrong when the handler has answered. */
    void after() {
      crashIfPlanned(CrashPoint.BEFORE_COMMIT);
      if (fault.orElse(null) instanceof Fault.LosesAnswer) {
        throw new InjectedFaultException("a test has lost the answer of this attempt");
      }
    }

    /** What goes wrong when the effect is committed. */
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
