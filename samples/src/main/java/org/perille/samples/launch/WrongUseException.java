package org.perille.samples.launch;

/** An error in the options or the input. The message names the option or file, and the reason. */
public final class WrongUseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WrongUseException(String message) {
    super(message);
  }
}
