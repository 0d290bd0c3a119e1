package org.perille.internal.log;

import java.util.List;

/**
 * Partition to publisher: the batch is durable. Its new messages stand from the first offset on,
 * without gaps, in the order of the batch.
 *
 * @param size how many messages the batch had, all included
 * @param stale indexes of messages that aren't stored, because their worker had been replaced
 */
public record BatchReceipt(
    String publisher,
    int partition,
    long number,
    long firstOffset,
    int size,
    List<Duplicate> duplicates,
    List<Integer> stale) {

  /** Takes what became of each message of the batch, in order. */
  public interface Outcome {
    void stored(int index, long offset, boolean duplicate);

    void stale(int index);
  }

  /** Walks through the messages of the batch. */
  public void forEach(Outcome outcome) {
    long next = firstOffset;
    int duplicate = 0;
    int refused = 0;
    for (int index = 0; index < size; index++) {
      if (duplicate < duplicates.size() && duplicates.get(duplicate).index() == index) {
        outcome.stored(index, duplicates.get(duplicate).offset(), true);
        duplicate++;
      } else if (refused < stale.size() && stale.get(refused) == index) {
        outcome.stale(index);
        refused++;
      } else {
        outcome.stored(index, next, false);
        next++;
      }
    }
  }
}
