package org.perille.internal.feed;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * The most recent part of a partition's log, kept in memory so that subscribers who keep up cost no
 * read of the database. Bounded in bytes, so that it doesn't fill the heap, and in age, so that
 * messages die young: else each is copied by several collections, which then take long. Holds only
 * what is durable.
 */
public final class Tail {
  private record Slot(LogMark mark, long timestampMillis, List<LogEntry> entries, long bytes) {}

  /** Messages to send, and where in the journal they go on. */
  public record Read(FeedBatch batch, long nextSequenceNumber) {}

  private final long maxBytes;
  private final long maxAgeMillis;
  private final TreeMap<Long, Slot> byFirstOffset = new TreeMap<>();
  private long bytes;

  /**
   * An empty one.
   *
   * @param maxAge how much older than the newest batch one may be
   */
  public Tail(long maxBytes, Duration maxAge) {
    this.maxBytes = maxBytes;
    this.maxAgeMillis = maxAge.toMillis();
  }

  /** Adds what has just become durable, and lets go of what is too old then, or too much. */
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

  /** The messages from an offset on; empty if the tail begins behind it. */
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

  /** The journal sequence number where the tail begins, or what is given if it is empty. */
  public long firstSequenceNumber(long ifEmpty) {
    return byFirstOffset.isEmpty()
        ? ifEmpty
        : byFirstOffset.firstEntry().getValue().mark.sequenceNumber();
  }
}
