package org.perille;

/** The consequence for a message whose "not after" has passed before it could be handled. */
public enum OnExpired {
  /**
   * The message becomes a dead letter, with reason {@link DeadLetter.Reason#EXPIRED}. Its key
   * continues.
   */
  DEAD_LETTER,
  /**
   * The message is dropped: no handler receives it. The subscription's status counts it, and the
   * log records it.
   */
  DROP
}
