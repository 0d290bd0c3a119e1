package org.perille.internal.feed;

import java.util.List;
import java.util.Optional;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;

/**
 * Feed to worker, by reliable delivery: messages in order, without gaps.
 *
 * @param sequenceNumber of the journal event that holds the first message
 * @param mark of the journal event that holds the last message; empty from a node of an earlier
 *     version
 */
public record FeedBatch(long sequenceNumber, List<LogEntry> entries, Optional<LogMark> mark) {
  public FeedBatch {
    if (entries.isEmpty()) {
      throw new IllegalArgumentException("a feed batch has at least one message");
    }
  }

  /** The offset of the first message. */
  public long firstOffset() {
    return entries.get(0).offset();
  }

  /** The offset behind the last message. */
  public long endOffset() {
    return entries.get(entries.size() - 1).offset() + 1;
  }
}
