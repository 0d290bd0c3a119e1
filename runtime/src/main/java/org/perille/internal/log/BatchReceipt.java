package org.perille.internal.log;

import java.util.List;
import java.util.OptionalLong;
import org.perille.internal.PerilleSerializable;

/**
 * The answer of a partition to a publisher: the batch is durable, or its publisher is forgotten.
 *
 * <p>The new messages of a durable batch start at the first offset, without gaps, in the order of
 * the batch. If the publisher is forgotten, the partition doesn't know whether the batch is
 * durable.
 *
 * @param size the number of all messages of the batch
 * @param stale the indexes of messages that aren't stored, because their worker was replaced
 * @param unmet the messages that aren't stored because of their conditions, by index
 */
public record BatchReceipt(
    String publisher,
    int partition,
    long number,
    long firstOffset,
    int size,
    List<Duplicate> duplicates,
    List<Integer> stale,
    List<ConditionResult> unmet,
    boolean forgotten)
    implements PerilleSerializable {

  /** Creates the receipt of a durable batch without unmet conditions. */
  public BatchReceipt(
      String publisher,
      int partition,
      long number,
      long firstOffset,
      int size,
      List<Duplicate> duplicates,
      List<Integer> stale) {
    this(publisher, partition, number, firstOffset, size, duplicates, stale, List.of(), false);
  }

  /** Returns the receipt of a batch whose publisher, and so its outcome, is forgotten. */
  public static BatchReceipt forgotten(PublishBatch batch) {
    return new BatchReceipt(
        batch.publisher(),
        batch.partition(),
        batch.number(),
        0,
        0,
        List.of(),
        List.of(),
        List.of(),
        true);
  }

  /** A visitor of the outcome of each message of the batch, in order. */
  public interface MessageOutcome {
    void stored(int index, long offset, boolean duplicate);

    void stale(int index);

    /** Visits a message whose condition was not met. Only messages of the application have one. */
    default void conditionFailed(int index, OptionalLong last) {
      throw new IllegalStateException("message " + index + " has no condition that could fail");
    }

    /** Visits a message that must be sent again, after its publisher has read the log. */
    default void undecided(int index) {
      throw new IllegalStateException("message " + index + " has no condition to decide");
    }
  }

  /** Visits the messages of the batch. */
  public void forEach(MessageOutcome outcome) {
    long next = firstOffset;
    int duplicate = 0;
    int refused = 0;
    int condition = 0;
    for (int index = 0; index < size; index++) {
      if (duplicate < duplicates.size() && duplicates.get(duplicate).index() == index) {
        Duplicate known = duplicates.get(duplicate);
        outcome.stored(index, known.offset(), !known.republished());
        duplicate++;
      } else if (refused < stale.size() && stale.get(refused) == index) {
        outcome.stale(index);
        refused++;
      } else if (condition < unmet.size() && unmet.get(condition).index() == index) {
        visit(unmet.get(condition), outcome);
        condition++;
      } else {
        outcome.stored(index, next, false);
        next++;
      }
    }
  }

  private static void visit(ConditionResult result, MessageOutcome outcome) {
    if (result instanceof ConditionResult.Failed failed) {
      outcome.conditionFailed(failed.index(), failed.last());
    } else {
      outcome.undecided(result.index());
    }
  }
}
