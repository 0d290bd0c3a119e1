package org.perille.testkit.idempotence;

/**
 * The failure of a call to the outside world in an idempotence check when its answer is lost.
 *
 * <p>The call may be done or not.
 */
public final class AnswerLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AnswerLostException(String call) {
    super("the answer of " + call + " is lost, by a fault of the idempotence check");
  }
}
