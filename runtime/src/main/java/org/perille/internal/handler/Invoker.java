package org.perille.internal.handler;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Calls the handler for messages. Each kind of handler has its own implementation. */
public interface Invoker {
  /**
   * The result of one key's batch.
   *
   * @param done how many of its first messages are done
   * @param failure of the message behind them; empty if all are done, or if the rest wasn't
   *     attempted
   */
  record KeyBatchResult(int done, Optional<Throwable> failure) {}

  /** The result of giving a message up. */
  sealed interface GivingUp {
    /** No effect can be recorded for the message any more, except after a redrive. */
    record GivenUp() implements GivingUp {}

    /** The effect had been recorded: the message is done. */
    record Done() implements GivingUp {}

    /** It isn't known whether an effect was recorded. The ordering group waits until it is. */
    record Unknown(Throwable cause) implements GivingUp {}
  }

  /**
   * Returns whether the invoker stores effects, so that {@link #giveUp} must come before a message
   * is given up.
   */
  default boolean keepsEffects() {
    return false;
  }

  /**
   * Gives up a message whose attempt has failed, before the worker records that. A predecessor may
   * still be handling the message.
   *
   * <p>No batch of its ordering group may be under way. If the stage fails, this invoker can't be
   * used any more.
   */
  default CompletionStage<GivingUp> giveUp(PendingDelivery delivery) {
    return CompletableFuture.completedFuture(new GivingUp.GivenUp());
  }

  /** Returns the maximum number of keys in one call. */
  int maxKeys();

  /** Returns the number of messages that are worth handling in one call. */
  int maxMessages();

  /**
   * Calls the handler for an invocation's batches, each of another key. The stage returns a result
   * for each, in order.
   *
   * <p>If the stage fails, this invoker can't be used any more, and nothing is known about the
   * messages.
   */
  CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation);
}
