package org.perille.internal.failure;

/**
 * The failure of a message whose attempts were interrupted too often.
 *
 * <p>It replaces the last attempt: the handler isn't called. The invoker still finds out whether an
 * earlier attempt left an effect.
 */
public final class InterruptedTooOftenException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InterruptedTooOftenException() {
    super("its attempts were interrupted too often", null, false, false);
  }
}
