package org.perille.sharding.internal.bootstrap;

/** The failure of a call that needs a node of Perille, while none runs in this process. */
final class NotRunningException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  private final boolean ended;

  /**
   * Creates an exception.
   *
   * @param ended whether no node will run again
   */
  NotRunningException(boolean ended, String message) {
    super(message);
    this.ended = ended;
  }

  /** Returns whether no node will run again. */
  boolean hasEnded() {
    return ended;
  }
}
