package org.perille;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The dead letters of a subscription, from any node.
 *
 * <p>The workers of the subscription's partitions answer queries and operations. Perille repeats a
 * request until it is answered, at most {@code perille.cluster.handled-timeout} for each partition
 * (default: 30 s).
 *
 * <p><b>Guarantee</b>: operations are idempotent. Each partition stores the names of its latest
 * 1,000 operations, redrives and discards together.
 *
 * <p><b>Failure</b>: a stage that fails with a {@link java.util.concurrent.TimeoutException} means
 * that some partitions may have done the operation. Repeat it under the same name. Every method
 * throws an {@link IllegalArgumentException}, without any effect, if a filter names a partition
 * that the topic doesn't have.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 *
 * @param <T> the type of the messages' payloads
 */
public interface DeadLetters<T> {

  /**
   * Streams the matching dead letters by partition and offset, as they are while the stream runs.
   */
  Source<DeadLetter, NotUsed> list(DeadLetterFilter filter);

  /**
   * Lists a page of the matching dead letters, by partition and offset.
   *
   * @param from the position of the page: {@link DeadLetterPage.Position#FIRST}, or that which the
   *     page before has as its next
   * @param limit the maximum number of dead letters, 1 to {@value DeadLetterPage#MAX_LENGTH}
   * @throws IllegalArgumentException if the limit is out of range
   */
  CompletionStage<DeadLetterPage> page(
      DeadLetterFilter filter, DeadLetterPage.Position from, int limit);

  /** Counts the matching dead letters by reason, failure and error, the most frequent first. */
  CompletionStage<List<DeadLetterCount>> count(DeadLetterFilter filter);

  /**
   * Reads the message of a dead letter from the log, even if it was redriven or discarded since.
   *
   * <p>The stage fails with an {@link IllegalArgumentException} if the log doesn't have the offset.
   *
   * @throws IllegalArgumentException if it is a dead letter of another subscription
   */
  CompletionStage<StoredMessage<T>> read(DeadLetter letter);

  /**
   * Redrives messages: they are handled again.
   *
   * <p>The operation is durable when the stage completes; the messages are handled later. Each
   * precedes the waiting messages of its key, and has all attempts of the retry policy again. An
   * expired message is handled too. A message that fails again becomes a dead letter again.
   *
   * <p>Of an at-most-once subscription only messages without an attempt can be redriven.
   *
   * @param requestId the name of the operation, 1 to 200 characters; repeating it under the same
   *     name has no further effect
   * @return the number of dead letters of the operation
   * @throws IllegalArgumentException if the name is empty or too long
   */
  CompletionStage<Long> redrive(DeadLetterFilter filter, String requestId);

  /** Redrives messages like {@link #redrive(DeadLetterFilter, String)}, under a new name. */
  CompletionStage<Long> redrive(DeadLetterFilter filter);

  /**
   * Discards dead letters permanently. The messages that waited behind them continue.
   *
   * <p>The operation is durable when the stage completes.
   *
   * @param reason logged by the node that does it, 1 to 1,000 characters
   * @param requestId the name of the operation, 1 to 200 characters; repeating it under the same
   *     name has no further effect
   * @return the number of dead letters of the operation
   * @throws IllegalArgumentException if the reason is blank or too long, or the name is empty or
   *     too long
   */
  CompletionStage<Long> discard(DeadLetterFilter filter, String reason, String requestId);

  /**
   * Discards dead letters like {@link #discard(DeadLetterFilter, String, String)}, under a new
   * name.
   */
  CompletionStage<Long> discard(DeadLetterFilter filter, String reason);
}
