package org.perille.internal.feed;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.settings.FeedLimits;

/**
 * Collects consecutive messages of the log until a batch is full.
 *
 * <p>A batch contains at least one message, whatever its size.
 */
@Pure
public final class FeedBatchBuilder {
  private final FeedLimits limits;
  private final List<LogEntry> entries = new ArrayList<>();
  private LogMark last;
  private long sequenceNumber;
  private long nextSequenceNumber;
  private long bytes;

  public FeedBatchBuilder(FeedLimits limits) {
    this.limits = limits;
  }

  /**
   * Adds the messages of one journal event from an offset on, as many as fit.
   *
   * @return true if the event's last message was added
   */
  public boolean add(LogMark place, List<LogEntry> event, long fromOffset) {
    for (LogEntry entry : event) {
      if (entry.offset() < fromOffset) {
        continue;
      }
      int size = entry.message().sizeInBytes();
      if (!entries.isEmpty()
          && (bytes + size > limits.maxBytes() || entries.size() >= limits.maxMessages())) {
        nextSequenceNumber = place.sequenceNumber();
        return false;
      }
      if (entries.isEmpty()) {
        sequenceNumber = place.sequenceNumber();
      }
      entries.add(entry);
      last = place;
      bytes += size;
    }
    nextSequenceNumber = place.sequenceNumber() + 1;
    return true;
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
