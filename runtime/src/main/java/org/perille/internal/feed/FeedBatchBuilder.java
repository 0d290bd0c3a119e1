package org.perille.internal.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.StoredSize;
import org.perille.internal.settings.FeedLimits;

/**
 * Collects consecutive messages of the log until a batch is full.
 *
 * <p>A batch contains at least one message, whatever its size. Two sizes count: that of the
 * decompressed messages, since the subscriber has them in memory, and that of the messages as they
 * are sent. Compressed messages of one event are in the same batch, unless they alone exceed the
 * limits, because each batch contains their whole block.
 */
@Pure
public final class FeedBatchBuilder {
  private final FeedLimits limits;
  private final List<LogEntry> entries = new ArrayList<>();
  private LogMark last;
  private long sequenceNumber;
  private long nextSequenceNumber;
  private long bytes;
  private long sentBytes;
  private final StoredSize size = new StoredSize();

  public FeedBatchBuilder(FeedLimits limits) {
    this.limits = limits;
  }

  /**
   * Adds the messages of one journal event from an offset on, as many as fit.
   *
   * @return true if the event's last message was added
   */
  public boolean add(LogMark place, List<LogEntry> event, long fromOffset) {
    List<LogEntry> rest = from(event, fromOffset);
    if (!entries.isEmpty() && !rest.isEmpty() && !hasRoom(rest)) {
      nextSequenceNumber = place.sequenceNumber();
      return false;
    }
    for (LogEntry entry : rest) {
      if (!entries.isEmpty() && !hasRoom(entry.message())) {
        nextSequenceNumber = place.sequenceNumber();
        return false;
      }
      if (entries.isEmpty()) {
        sequenceNumber = place.sequenceNumber();
      }
      entries.add(entry);
      last = place;
      bytes += entry.message().sizeInBytes();
      sentBytes += size.add(entry.message());
    }
    nextSequenceNumber = place.sequenceNumber() + 1;
    return true;
  }

  private static List<LogEntry> from(List<LogEntry> event, long offset) {
    if (event.isEmpty() || event.get(0).offset() >= offset) {
      return event;
    }
    long skipped = offset - event.get(0).offset();
    return skipped < event.size() ? event.subList((int) skipped, event.size()) : List.of();
  }

  /** Returns whether the messages of an event may follow: all of them, if they are compressed. */
  private boolean hasRoom(List<LogEntry> rest) {
    if (!rest.get(0).message().isCompressed()) {
      return true;
    }
    StoredSize stored = new StoredSize();
    long more = 0;
    long sent = 0;
    for (LogEntry entry : rest) {
      more += entry.message().sizeInBytes();
      sent += stored.add(entry.message());
    }
    return bytes + more <= limits.maxBytes()
        && sentBytes + sent <= limits.maxBytes()
        && entries.size() + rest.size() <= limits.maxMessages();
  }

  private boolean hasRoom(LogMessage message) {
    return bytes + message.sizeInBytes() <= limits.maxBytes()
        && entries.size() < limits.maxMessages()
        // The rest of a block is never larger than the batch in which it was published.
        && (size.hasBlockOf(message) || sentBytes + size.of(message) <= limits.maxBytes());
  }

  public boolean isEmpty() {
    return entries.isEmpty();
  }

  /** Returns the batch. The builder can't be used afterwards. */
  public FeedBatch build() {
    return new FeedBatch(sequenceNumber, entries, Optional.of(last));
  }

  /**
   * Returns the sequence number of the journal event that contains, or will contain, the next
   * message.
   */
  public long nextSequenceNumber() {
    return nextSequenceNumber;
  }
}
