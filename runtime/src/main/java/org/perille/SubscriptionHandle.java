package org.perille;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;

/**
 * Operations on a subscription, wherever in the cluster its workers run; see {@link
 * Perille#subscription}.
 *
 * <p>Operations that change something are durable when their stage completes. Repeating one is
 * safe, and needed when its stage fails: some partitions may have carried it out.
 *
 * <p><b>Failure</b>: a stage fails with a {@link java.util.concurrent.TimeoutException} if a
 * partition doesn't answer in time: within {@code perille.cluster.ask-timeout} (default: 10 s) for
 * {@link #status}, within {@code perille.cluster.handled-timeout} (default: 30 s) for the others.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 *
 * @param <T> the type of the messages' payloads
 */
public interface SubscriptionHandle<T> {

  /**
   * Returns the progress of the subscription in each partition.
   *
   * <p>The stage fails with a {@link java.util.concurrent.TimeoutException} if a partition doesn't
   * answer within {@code perille.cluster.ask-timeout} (default: 10 s).
   */
  CompletionStage<SubscriptionStatus> status();

  /**
   * Completes when the subscription has durably finished a message.
   *
   * <p>Expired messages that are dropped, and dead letters that an operator discards, are finished
   * too.
   *
   * <p>The stage fails with a {@link java.util.concurrent.TimeoutException} if the message isn't
   * finished within {@code perille.cluster.handled-timeout} (default: 30 s). Its outcome is then
   * unknown. It fails with a {@link DeadLetterException} if the message has become a dead letter.
   */
  CompletionStage<Done> awaitHandled(Receipt receipt);

  /**
   * Returns the subscription's reply to a message, once the message is finished.
   *
   * <p>Empty if there is none. The stage fails as that of {@link #awaitHandled} does.
   *
   * @param type the class of the reply; a reply of another class fails the stage with a {@link
   *     ClassCastException}
   */
  <R> CompletionStage<Optional<R>> reply(Receipt receipt, Class<R> type);

  /**
   * Resets the subscription to an earlier position, from which it handles messages again.
   *
   * <p>See {@link Reset}.
   *
   * @throws ConfigurationException if the subscription is ephemeral, and has no position
   */
  CompletionStage<ResetReport> reset(Reset reset);

  /**
   * Returns the dead letters of the subscription: to list, read, redrive and discard them.
   *
   * @throws ConfigurationException if the subscription is ephemeral, and has none
   */
  DeadLetters<T> deadLetters();

  /**
   * Pauses the subscription in all partitions, until it is resumed.
   *
   * <p>Workers start no further handlers. Running ones finish normally.
   *
   * @param reason part of the status; 1 to 1,000 characters
   * @throws ConfigurationException if the subscription is ephemeral
   * @throws IllegalArgumentException if there is no reason, or it is too long
   */
  CompletionStage<Done> pause(String reason);

  /**
   * Pauses the subscription in one partition; see {@link #pause(String)}.
   *
   * @throws ConfigurationException if the subscription is ephemeral
   * @throws IllegalArgumentException if the topic has no such partition, or there is no reason, or
   *     it is too long
   */
  CompletionStage<Done> pause(int partition, String reason);

  /**
   * Resumes the subscription in all partitions.
   *
   * <p>A partition that a dead letter has stopped continues when that is redriven or discarded.
   *
   * @throws ConfigurationException if the subscription is ephemeral
   */
  CompletionStage<Done> resume();

  /**
   * Resumes the subscription in one partition; see {@link #resume()}.
   *
   * @throws ConfigurationException if the subscription is ephemeral
   * @throws IllegalArgumentException if the topic has no such partition
   */
  CompletionStage<Done> resume(int partition);

  /**
   * Returns the recorded effects of one key. Reading them fails if the subscription records none:
   * only event-sourced subscriptions and those with {@link OutsideCall} do.
   */
  SubscriptionKey key(String key);
}
