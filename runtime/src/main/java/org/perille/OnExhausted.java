package org.perille;

/**
 * What happens to a key when one of its messages is given up. The message becomes a dead letter in
 * any case.
 */
public enum OnExhausted {
  /** The key goes on with its next message. */
  SKIP,
  /**
   * The key's later messages wait behind the dead letter, in order, until it is redriven with
   * success or discarded.
   */
  PARK_KEY,
  /**
   * No further message of the partition is handled until the dead letter is redriven or discarded.
   */
  STOP_PARTITION
}
