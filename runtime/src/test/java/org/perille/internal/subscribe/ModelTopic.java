package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LogEntry;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent;
import org.perille.internal.log.PartitionId;

/** A partition as its subscribers see it: its journal, and what is fed of it. */
final class ModelTopic {
  private final List<Stored> events = new ArrayList<>();
  private final List<LogEntry> entries = new ArrayList<>();
  private final List<Long> sequenceNumbers = new ArrayList<>();

  PartitionId id() {
    return new PartitionId("topic", 0);
  }

  void append(List<LogMessage> messages, long nowMillis) {
    PartitionEvent.BatchAppended batch =
        new PartitionEvent.BatchAppended(
            entries.size(),
            nowMillis,
            "publisher",
            events.size(),
            messages,
            List.of(),
            List.of(),
            List.of());
    store(batch);
    for (LogEntry entry : batch.entries()) {
      entries.add(entry);
      sequenceNumbers.add((long) events.size());
    }
  }

  /** A new incarnation of the partition begins, which takes a place in its journal. */
  void recover(long nowMillis) {
    store(new PartitionEvent.Activated(nowMillis, "node"));
  }

  private void store(PartitionEvent event) {
    events.add(new Stored(events.size() + 1L, event));
  }

  List<LogEntry> entries() {
    return entries;
  }

  long end() {
    return entries.size();
  }

  /** A sequence number at or before the event that holds an offset, or will. */
  long atOrBefore(long offset, Random random) {
    long at = offset < end() ? sequenceNumbers.get((int) offset) : events.size() + 1L;
    return Math.max(1, at - random.nextInt(3));
  }

  Optional<FeedBatch> batch(long offset, int most, Random random) {
    if (offset >= end()) {
      return Optional.empty();
    }
    int to = (int) Math.min(end(), offset + most);
    return Optional.of(
        new FeedBatch(atOrBefore(offset, random), List.copyOf(entries.subList((int) offset, to))));
  }

  List<Stored> read(long from, long to) {
    return List.copyOf(
        events.subList((int) Math.min(from - 1, events.size()), (int) Math.min(to, events.size())));
  }
}
