package org.perille.proof.delivery;

import java.time.Duration;
import java.util.Random;
import org.perille.Nack;

/**
 * The behavior of a handler for a message.
 *
 * @param times the number of attempts that go wrong
 */
record HandlerBehavior(Kind kind, int times) {
  /** The delay that a nack asks for. */
  static final Duration NACK_DELAY = Duration.ofMillis(50);

  private static final int FOR_EVER = Integer.MAX_VALUE;

  enum Kind {
    FINE,
    FAILS,
    FAILS_PREDICATE,
    IS_PERMANENT,
    NACKS,
    IS_NACKED_FOR_EVER,
    KILLS
  }

  /** An error that a retry policy classifies as permanent. */
  static final class PermanentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PermanentException() {
      super("permanent", null, false, false);
    }
  }

  /** An error that justifies another attempt. */
  static final class PassingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PassingException() {
      super("planned", null, false, false);
    }
  }

  /** An error for which the predicate of a retry policy throws. */
  static final class UntestableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UntestableException() {
      super("untestable", null, false, false);
    }
  }

  /**
   * A predicate of the retry policies, beside the class that they give up on. It is the
   * application's code, and throws for one error.
   */
  static boolean isPermanent(Throwable failure) {
    if (failure instanceof UntestableException) {
      throw new IllegalStateException("the retry policy can't test this", failure);
    }
    return false;
  }

  /** Stops code that runs in a killed process. */
  static final class KilledError extends Error {
    private static final long serialVersionUID = 1L;

    KilledError() {
      super("the process is gone", null, false, false);
    }
  }

  /** Returns the behavior of a handler that never fails. */
  static HandlerBehavior fine() {
    return new HandlerBehavior(Kind.FINE, 0);
  }

  static HandlerBehavior any(Random random) {
    int times = random.nextInt(3) == 0 ? FOR_EVER : 1 + random.nextInt(4);
    int kind = random.nextInt(30);
    return switch (kind) {
      case 0, 1, 2, 3 -> new HandlerBehavior(Kind.FAILS, times);
      case 4 -> new HandlerBehavior(Kind.IS_PERMANENT, FOR_EVER);
      case 5, 6 -> new HandlerBehavior(Kind.NACKS, times);
      case 7 -> new HandlerBehavior(Kind.IS_NACKED_FOR_EVER, FOR_EVER);
      case 8 -> new HandlerBehavior(Kind.KILLS, times);
      case 9 -> new HandlerBehavior(Kind.FAILS_PREDICATE, times);
      default -> fine();
    };
  }

  boolean kills(int attempt) {
    return kind == Kind.KILLS && attempt <= times;
  }

  /** Throws if an attempt is to fail. */
  void handle(int attempt) {
    if (attempt > times) {
      return;
    }
    switch (kind) {
      case FAILS -> throw new PassingException();
      case FAILS_PREDICATE -> throw new UntestableException();
      case IS_PERMANENT -> throw new PermanentException();
      case NACKS -> throw Nack.retryAfter(NACK_DELAY, "later");
      case IS_NACKED_FOR_EVER -> throw Nack.giveUp("never");
      case FINE, KILLS -> {}
    }
  }
}
