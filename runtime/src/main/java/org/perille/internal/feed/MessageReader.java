package org.perille.internal.feed;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.internal.compression.Decompressor;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/** Reads single messages of a partition again, at any position of its journal. */
public final class MessageReader {
  /**
   * A message to read.
   *
   * @param sequenceNumber a journal sequence number at or before the event that contains it
   */
  public record Wanted(long offset, long sequenceNumber) {}

  /** The number of events of the first read, which contains most messages. */
  private static final int FIRST_EVENTS = 1;

  /** The limit of events in one read: 8 MiB with the largest batches. */
  private static final int MOST_EVENTS = 64;

  private final PartitionJournal journal;
  private final String persistenceId;
  private final Decompressor decompressor;

  public MessageReader(PartitionJournal journal, String persistenceId, Decompressor decompressor) {
    this.journal = journal;
    this.persistenceId = persistenceId;
    this.decompressor = decompressor;
  }

  /**
   * Reads messages. Messages requested from the same sequence number share the reads of events.
   *
   * @return the messages by offset, decompressed; fails if one of them isn't in the journal
   */
  public CompletionStage<Map<Long, LogEntry>> read(Collection<Wanted> wanted) {
    TreeMap<Long, List<Long>> bySequenceNumber = new TreeMap<>();
    wanted.forEach(
        one ->
            bySequenceNumber
                .computeIfAbsent(one.sequenceNumber(), n -> new ArrayList<>())
                .add(one.offset()));
    Map<Long, LogEntry> found = new HashMap<>();
    CompletionStage<Void> read = CompletableFuture.completedFuture(null);
    for (Map.Entry<Long, List<Long>> place : bySequenceNumber.entrySet()) {
      // Neighbouring messages are often found already.
      read =
          read.thenCompose(
              before -> find(Math.max(1, place.getKey()), FIRST_EVENTS, place.getValue(), found));
    }
    return read.thenApply(all -> found);
  }

  private CompletionStage<Void> find(
      long from, int events, List<Long> offsets, Map<Long, LogEntry> found) {
    List<Long> missing = offsets.stream().filter(offset -> !found.containsKey(offset)).toList();
    if (missing.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    return journal
        .readUpTo(persistenceId, from, from + events - 1)
        .thenCompose(
            read -> {
              PartitionJournal.requireNext(persistenceId, from, read);
              if (read.isEmpty()) {
                throw new IllegalStateException(
                    "INV-3 the journal has no gaps: offset %d was deferred, and is not in '%s' from sequence number %d on"
                        .formatted(missing.get(0), persistenceId, from));
              }
              take(read, missing, found);
              return find(from + read.size(), Math.min(4 * events, MOST_EVENTS), missing, found);
            });
  }

  private void take(List<Stored> read, List<Long> wanted, Map<Long, LogEntry> found) {
    for (Stored stored : read) {
      if (stored.event() instanceof BatchAppended batch) {
        List<LogEntry> here =
            wanted.stream()
                .filter(offset -> offset >= batch.firstOffset() && offset < batch.endOffset())
                .map(offset -> entry(batch, offset))
                .toList();
        decompressor.decompress(here).forEach(entry -> found.put(entry.offset(), entry));
      }
    }
  }

  private static LogEntry entry(BatchAppended batch, long offset) {
    return new LogEntry(
        offset,
        batch.timestampMillis(),
        batch.messages().get((int) (offset - batch.firstOffset())));
  }
}
