package org.perille.internal.feed;

import org.perille.StartPosition;
import org.perille.internal.log.EpochMillis;

/** Where a subscription wants to go on, or to begin. */
public sealed interface ReadFrom {
  /**
   * At an offset that it has reached before.
   *
   * @param sequenceNumber a journal sequence number at or before the event that holds the offset
   */
  record Resume(long offset, long sequenceNumber) implements ReadFrom {}

  /** At the oldest message. */
  record Earliest() implements ReadFrom {}

  /** At the end. */
  record Latest() implements ReadFrom {}

  /** At an offset; one past the end is answered once the log has reached it. */
  record Offset(long offset) implements ReadFrom {}

  /** At the first message of this time or later. */
  record Timestamp(long timestampMillis) implements ReadFrom {}

  /** Where a subscription begins. */
  static ReadFrom of(StartPosition start) {
    if (start instanceof StartPosition.Earliest) {
      return new Earliest();
    }
    if (start instanceof StartPosition.Latest) {
      return new Latest();
    }
    if (start instanceof StartPosition.Offset at) {
      return new Offset(at.offset());
    }
    return new Timestamp(EpochMillis.of(((StartPosition.Timestamp) start).timestamp()));
  }
}
