package org.perille.internal.feed;

import java.util.Optional;
import org.perille.StartPosition;
import org.perille.internal.log.EpochMillis;
import org.perille.internal.log.LogMark;

/** Where a subscription wants to go on, or to begin. */
public sealed interface ReadFrom {
  /**
   * At an offset that it has reached before.
   *
   * @param sequenceNumber a journal sequence number at or before the event that holds the offset
   * @param mark of what it has finished; empty if it has finished nothing, or before there were
   *     marks
   */
  record Resume(long offset, long sequenceNumber, Optional<LogMark> mark) implements ReadFrom {}

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
