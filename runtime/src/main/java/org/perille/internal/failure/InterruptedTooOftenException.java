package org.perille.internal.failure;

/**
 * Fails the last attempt at a message that has been interrupted too often, without calling the
 * handler: whether an earlier attempt has left an effect is found out on the way.
 */
public final class InterruptedTooOftenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InterruptedTooOftenException() {
    super("its attempts were interrupted too often", null, false, false);
  }
}
