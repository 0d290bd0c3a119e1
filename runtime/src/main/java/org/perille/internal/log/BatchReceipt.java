package org.perille.internal.log;

import java.util.List;

/**
 * Partition to publisher: the batch is durable. Its new messages stand from the first offset on,
 * without gaps, in the order of the batch.
 *
 * @param size how many messages the batch had, duplicates included
 */
public record BatchReceipt(
    String publisher,
    int partition,
    long number,
    long firstOffset,
    int size,
    List<Duplicate> duplicates) {

  /** Takes what became of each message of the batch, in order. */
  @FunctionalInterface
  public interface Outcome {
    void message(int index, long offset, boolean duplicate);
  }

  /** Walks through the messages of the batch. */
  public void forEach(Outcome outcome) {
    long next = firstOffset;
    int duplicate = 0;
    for (int index = 0; index < size; index++) {
      if (duplicate < duplicates.size() && duplicates.get(duplicate).index() == index) {
        outcome.message(index, duplicates.get(duplicate).offset(), true);
        duplicate++;
      } else {
        outcome.message(index, next, false);
        next++;
      }
    }
  }
}
