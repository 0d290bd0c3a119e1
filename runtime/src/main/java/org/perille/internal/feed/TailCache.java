package org.perille.internal.feed;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.perille.internal.Pure;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;
import org.perille.internal.settings.FeedLimits;

/**
 * The most recent part of a partition's log in memory, so that prompt subscribers need no reads.
 *
 * <p>It is bounded in bytes, to limit the use of the heap. It is bounded in age too, so that
 * messages die young. Otherwise several garbage collections copy each of them, and take long. It
 * contains only durable messages.
 */
@Pure
public final class TailCache {
  private record Slot(LogMark mark, long timestampMillis, List<LogEntry> entries, long bytes) {}

  /** Messages to send, and the sequence number of the next journal event. */
  public record Read(FeedBatch batch, long nextSequenceNumber) {}

  private final long maxBytes;
  private final long maxAgeMillis;
  private final TreeMap<Long, Slot> byFirstOffset = new TreeMap<>();
  private long bytes;

  /**
   * Creates an empty tail.
   *
   * @param maxAge the limit of a batch's age, relative to the newest batch
   */
  public TailCache(long maxBytes, Duration maxAge) {
    this.maxBytes = maxBytes;
    this.maxAgeMillis = maxAge.toMillis();
  }

  /** Adds a batch that has just become durable, and removes those beyond the limits. */
  public void append(long sequenceNumber, BatchAppended event) {
    if (event.messages().isEmpty()) {
      return;
    }
    Slot slot =
        new Slot(
            LogMark.of(sequenceNumber, event),
            event.timestampMillis(),
            event.entries(),
            event.sizeInBytes());
    byFirstOffset.put(event.firstOffset(), slot);
    bytes += slot.bytes;
    long oldest = event.timestampMillis() - maxAgeMillis;
    while (byFirstOffset.size() > 1
        && (bytes > maxBytes || byFirstOffset.firstEntry().getValue().timestampMillis < oldest)) {
      bytes -= byFirstOffset.pollFirstEntry().getValue().bytes;
    }
  }

  /** Returns the messages from an offset on; empty if the tail starts after it. */
  public Optional<Read> read(long offset, FeedLimits limits) {
    Map.Entry<Long, Slot> first = byFirstOffset.floorEntry(offset);
    if (first == null) {
      return Optional.empty();
    }
    FeedBatchBuilder batch = new FeedBatchBuilder(limits);
    for (Slot slot : byFirstOffset.tailMap(first.getKey(), true).values()) {
      if (!batch.add(slot.mark, slot.entries, offset)) {
        break;
      }
    }
    return batch.isEmpty()
        ? Optional.empty()
        : Optional.of(new Read(batch.build(), batch.nextSequenceNumber()));
  }

  /** Returns the first sequence number of the tail, or the given value if it is empty. */
  public long firstSequenceNumber(long ifEmpty) {
    return byFirstOffset.isEmpty()
        ? ifEmpty
        : byFirstOffset.firstEntry().getValue().mark.sequenceNumber();
  }
}
