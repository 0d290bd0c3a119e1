package org.perille;

/**
 * The failure of a wait for a message that is now a dead letter of the subscription.
 *
 * <p>The message isn't handled, unless it is redriven. {@link DeadLetters#list} has the reason.
 */
public final class DeadLetterException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public DeadLetterException(String message) {
    super(message);
  }
}
