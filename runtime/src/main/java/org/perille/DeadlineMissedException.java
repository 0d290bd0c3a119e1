package org.perille;

/**
 * A handler did not answer within the subscription's acknowledgement deadline. Whether it has done
 * something is not known; what it answers later counts for nothing.
 */
public final class DeadlineMissedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DeadlineMissedException(String message) {
    super(message, null, false, false);
  }
}
