package org.perille.internal.effect;

/**
 * The failure of a message that a partition didn't store, because a later epoch of its producer has
 * published there, or has reported its origin finished.
 */
public final class ReplacedProducerException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  public ReplacedProducerException(String message) {
    super(message);
  }
}
