package org.perille.internal.feed;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.internal.log.PartitionEvent;

/** Reads a partition's events from the journal. */
@FunctionalInterface
public interface PartitionJournal {
  /** An event with its sequence number. */
  record Stored(long sequenceNumber, PartitionEvent event) {}

  /** Reads the existing events between two sequence numbers, both included, in order. */
  CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to);

  /**
   * Reads the events between two sequence numbers, both included, in order.
   *
   * @return a stage that fails if one of them doesn't exist
   */
  default CompletionStage<List<Stored>> read(String persistenceId, long from, long to) {
    return readUpTo(persistenceId, from, to)
        .thenApply(
            events -> {
              requireNext(persistenceId, from, events);
              if (events.size() != to - from + 1) {
                throw new IllegalStateException(
                    "INV-3 the journal has no gaps: of '%s' the events %d to %d were requested, and %d is missing"
                        .formatted(persistenceId, from, to, from + events.size()));
              }
              return events;
            });
  }

  /** Requires that events have consecutive sequence numbers, from the given one on. */
  static void requireNext(String persistenceId, long from, List<Stored> events) {
    long expected = from;
    for (Stored event : events) {
      if (event.sequenceNumber() != expected) {
        throw new IllegalStateException(
            "INV-3 the journal has no gaps: of '%s' event %d was expected, and %d follows"
                .formatted(persistenceId, expected, event.sequenceNumber()));
      }
      expected++;
    }
  }
}
