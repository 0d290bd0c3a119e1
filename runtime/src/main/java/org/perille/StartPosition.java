package org.perille;

import java.time.Instant;

/**
 * Where a subscription begins when it is used for the first time. Later starts go on at its cursor.
 */
public sealed interface StartPosition {

  /** With the oldest message that the topic has. */
  static StartPosition earliest() {
    return new Earliest();
  }

  /** With the first message published after the subscription first attached to the partition. */
  static StartPosition latest() {
    return new Latest();
  }

  /** In every partition at this offset, 0 or more; one past the end waits until it is reached. */
  static StartPosition offset(long offset) {
    return new Offset(offset);
  }

  /** In every partition with the first message that became durable at or after this time. */
  static StartPosition timestamp(Instant timestamp) {
    return new Timestamp(timestamp);
  }

  /** See {@link #earliest()}. */
  record Earliest() implements StartPosition {}

  /** See {@link #latest()}. */
  record Latest() implements StartPosition {}

  /** See {@link #offset(long)}. */
  record Offset(long offset) implements StartPosition {
    public Offset {
      if (offset < 0) {
        throw new ConfigurationException("start offset " + offset + " is negative: use 0 or more");
      }
    }
  }

  /** See {@link #timestamp(Instant)}. */
  record Timestamp(Instant timestamp) implements StartPosition {}
}
