package org.perille.internal.log;

import java.util.List;

/**
 * Partition to publisher: the batch is durable. Its new messages stand from the first offset on,
 * without gaps, in the order of the batch. Or, if it is forgotten: the partition doesn't know any
 * more whether it is.
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
    List<Integer> stale,
    boolean forgotten) {

  /** The receipt of a batch that is durable. */
  public BatchReceipt(
      String publisher,
      int partition,
      long number,
      long firstOffset,
      int size,
      List<Duplicate> duplicates,
      List<Integer> stale) {
    this(publisher, partition, number, firstOffset, size, duplicates, stale, false);
  }

  /** Says that the publisher of a batch is forgotten, and what became of the batch with it. */
  public static BatchReceipt forgotten(PublishBatch batch) {
    return new BatchReceipt(
        batch.publisher(), batch.partition(), batch.number(), 0, 0, List.of(), List.of(), true);
  }

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
