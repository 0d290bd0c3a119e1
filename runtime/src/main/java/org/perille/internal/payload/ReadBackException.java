package org.perille.internal.payload;

/**
 * The failure of a value that changes when it is read back. The message names the change and the
 * remedy.
 */
public final class ReadBackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReadBackException(String message, Throwable cause) {
    super(message, cause);
  }
}
