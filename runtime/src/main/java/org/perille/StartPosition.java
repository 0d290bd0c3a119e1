package org.perille;

import java.time.Instant;

/**
 * The position at which a subscription starts for the first time. Later it resumes at its cursor.
 */
public sealed interface StartPosition {

  /** Returns the position of the oldest message of the topic. */
  static StartPosition earliest() {
    return new Earliest();
  }

  /**
   * Returns the position of the first message published after the first attachment to the
   * partition.
   */
  static StartPosition latest() {
    return new Latest();
  }

  /**
   * Returns this offset in every partition. One past the end waits until it is reached.
   *
   * @param offset 0 or more
   * @throws IllegalArgumentException if it is negative
   */
  static StartPosition offset(long offset) {
    return new Offset(offset);
  }

  /** Returns in every partition the first message that became durable at or after this time. */
  static StartPosition timestamp(Instant timestamp) {
    return new Timestamp(timestamp);
  }

  /** The position of {@link #earliest()}. */
  record Earliest() implements StartPosition {}

  /** The position of {@link #latest()}. */
  record Latest() implements StartPosition {}

  /** The position of {@link #offset(long)}. */
  record Offset(long offset) implements StartPosition {
    public Offset {
      if (offset < 0) {
        throw new IllegalArgumentException(
            "start offset " + offset + " is negative: use 0 or more");
      }
    }
  }

  /** The position of {@link #timestamp(Instant)}. */
  record Timestamp(Instant timestamp) implements StartPosition {}
}
