package org.perille.internal.feed;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.internal.log.PartitionEvent;

/** Reads a partition's events back from the journal. */
public interface PartitionJournal {
  /** An event at its place. */
  record Stored(long sequenceNumber, PartitionEvent event) {}

  /**
   * Reads the events with these sequence numbers, both included, in order.
   *
   * @return fails if one of them isn't there
   */
  CompletionStage<List<Stored>> read(String persistenceId, long from, long to);

  /**
   * Reads those of the events with these sequence numbers, both included, that are there, in order.
   *
   * @return fails if one is missing in front of one that is there
   */
  CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to);
}
