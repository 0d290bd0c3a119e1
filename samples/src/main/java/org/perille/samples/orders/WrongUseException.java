package org.perille.samples.orders;

/** The sample can't do what it was asked for; the message names the option or file, and why. */
final class WrongUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  WrongUseException(String message) {
    super(message);
  }
}
