package org.perille.internal.failure;

/** The failure of a message whose "not after" time passed before an attempt began. */
public final class ExpiredException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ExpiredException(String message) {
    super(message, null, false, false);
  }
}
