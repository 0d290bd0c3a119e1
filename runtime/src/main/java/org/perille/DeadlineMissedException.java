package org.perille;

/**
 * The failure of a handler that missed the subscription's deadline.
 *
 * <p>The handler may have had effects. Its later result is ignored.
 */
public final class DeadlineMissedException extends PerilleException {
  private static final long serialVersionUID = 1L;

  public DeadlineMissedException(String message) {
    super(message, false);
  }
}
