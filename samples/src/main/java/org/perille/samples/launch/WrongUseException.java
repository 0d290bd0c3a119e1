package org.perille.samples.launch;

/** The sample can't do what it was asked for; the message names the option or file, and why. */
public final class WrongUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongUseException(String message) {
    super(message);
  }
}
