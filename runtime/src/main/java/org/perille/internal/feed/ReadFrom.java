package org.perille.internal.feed;

import java.util.Optional;
import org.perille.StartPosition;
import org.perille.internal.log.EpochMillis;
import org.perille.internal.log.LogMark;

/** The position at which a subscription wants to resume or start. */
public sealed interface ReadFrom {
  /**
   * An offset that the subscription has reached before.
   *
   * @param sequenceNumber a journal sequence number at or before the event with the offset
   * @param mark the mark of the last finished batch; empty if it has finished nothing, or before
   *     there were marks
   */
  record Resume(long offset, long sequenceNumber, Optional<LogMark> mark) implements ReadFrom {}

  /** The oldest message. */
  record Earliest() implements ReadFrom {}

  /** The end of the log. */
  record Latest() implements ReadFrom {}

  /** An offset. A request for one past the end is answered once the log has reached it. */
  record Offset(long offset) implements ReadFrom {}

  /** The first message of this time or later. */
  record Timestamp(long timestampMillis) implements ReadFrom {}

  /** Returns the start position of a subscription. */
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
