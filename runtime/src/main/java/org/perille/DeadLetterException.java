package org.perille;

/**
 * The message that was waited for was given up, and is a dead letter of the subscription now: it is
 * not handled, unless it is redriven. {@link DeadLetters#list} says why it was given up.
 */
public final class DeadLetterException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public DeadLetterException(String message) {
    super(message);
  }
}
