package org.perille.internal.feed;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.internal.log.PartitionEvent;

/** Reads a partition's events back from the journal. */
@FunctionalInterface
public interface PartitionJournal {
  /** An event at its place. */
  record Stored(long sequenceNumber, PartitionEvent event) {}

  /**
   * Reads those of the events with these sequence numbers, both included, that are there, in order.
   */
  CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to);

  /**
   * Reads the events with these sequence numbers, both included, in order.
   *
   * @return fails if one of them isn't there
   */
  default CompletionStage<List<Stored>> read(String persistenceId, long from, long to) {
    return readUpTo(persistenceId, from, to)
        .thenApply(
            events -> {
              requireNext(persistenceId, from, events);
              if (events.size() != to - from + 1) {
                throw new IllegalStateException(
                    "INV-3 the journal has no gaps: of '%s' the events %d to %d were asked for, and %d is missing"
                        .formatted(persistenceId, from, to, from + events.size()));
              }
              return events;
            });
  }

  /** Makes sure that events follow one another, from a sequence number on. */
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
