package org.perille.internal.wire;

/** A value isn't the same when it is read back; the message says what changes and what to do. */
public final class ReadBackException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReadBackException(String message, Throwable cause) {
    super(message, cause);
  }
}
