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
   * Reads the events with these sequence numbers, both included, in order.
   *
   * @return fails if one of them isn't there
   */
  CompletionStage<List<Stored>> read(String persistenceId, long from, long to);
}
