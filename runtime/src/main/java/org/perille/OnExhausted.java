package org.perille;

/**
 * The consequence for a key when one of its messages is given up.
 *
 * <p>The message becomes a dead letter in every case.
 */
public enum OnExhausted {
  /** The key continues with its next message. */
  CONTINUE,
  /**
   * The key's later messages wait behind the dead letter, in order.
   *
   * <p>They continue when it is redriven successfully, or discarded.
   */
  PARK_KEY,
  /** The partition handles no further message until the dead letter is redriven or discarded. */
  STOP_PARTITION
}
