package org.perille.internal.failure;

/** A message's "not after" has passed before it was begun to be handled. */
public final class ExpiredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ExpiredException(String message) {
    super(message, null, false, false);
  }
}
