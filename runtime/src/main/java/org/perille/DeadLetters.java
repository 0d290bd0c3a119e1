package org.perille;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The dead letters of a subscription, from any node.
 *
 * <p>What is asked or ordered is answered by the workers of the subscription's partitions, and
 * asked again until it is, at most {@code perille.cluster.handled-timeout} for each. A stage that
 * fails with a time-out means that some partitions may have done what was ordered. Each partition
 * remembers its latest 1,000 orders, redrives and discards together, by their names.
 *
 * <p><b>Failure</b>: every method throws an {@link IllegalArgumentException}, and nothing is asked
 * or ordered, if a filter names a partition that the topic doesn't have.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 *
 * @param <T> the messages
 */
public interface DeadLetters<T> {

  /** Those that the filter means, by partition and offset, as they are while the stream runs. */
  Source<DeadLetter, NotUsed> list(DeadLetterFilter filter);

  /** How many the filter means, grouped by reason, failure and error, the most frequent first. */
  CompletionStage<List<DeadLetterCount>> count(DeadLetterFilter filter);

  /**
   * The message of a dead letter, read from the log; also of one that has been redriven or
   * discarded since. The stage fails with an {@link IllegalArgumentException} if the log has no
   * such offset.
   *
   * @throws IllegalArgumentException if it is a dead letter of another subscription
   */
  CompletionStage<DeadMessage<T>> read(DeadLetter letter);

  /**
   * Lets messages be handled again: durable when the stage completes, and handled later. Each comes
   * before its key's waiting messages, and has all attempts of the retry policy again; one that has
   * expired is handled nevertheless. One that fails again becomes a dead letter again.
   *
   * <p>Of an at-most-once subscription only what was never attempted can be redriven.
   *
   * @param order names the order, 1 to 200 characters: repeating it under the same name changes
   *     nothing more
   * @return how many dead letters the order has concerned
   */
  CompletionStage<Long> redrive(DeadLetterFilter filter, String order);

  /** {@link #redrive(DeadLetterFilter, String)} under a new name. */
  CompletionStage<Long> redrive(DeadLetterFilter filter);

  /**
   * Lets go of dead letters for ever: durable when the stage completes. What waited behind them
   * goes on.
   *
   * @param reason for the log of the node that does it, 1 to 1,000 characters
   * @param order names the order, 1 to 200 characters: repeating it under the same name changes
   *     nothing more
   * @return how many dead letters the order has concerned
   */
  CompletionStage<Long> discard(DeadLetterFilter filter, String reason, String order);

  /** {@link #discard(DeadLetterFilter, String, String)} under a new name. */
  CompletionStage<Long> discard(DeadLetterFilter filter, String reason);
}
