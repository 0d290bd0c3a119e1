package org.perille.testkit.idempotence;

/**
 * What a call of the outside world throws in an idempotence check when its answer is lost, whether
 * it was done or not.
 */
public final class AnswerLostException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  AnswerLostException(String call) {
    super("the answer of " + call + " is lost, as the idempotence check wants");
  }
}
