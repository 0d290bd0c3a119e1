package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Gets messages handled; the difference between the kinds of handlers. */
interface Invoker {
  /**
   * What became of the messages of one run.
   *
   * @param done how many of its first messages are done
   * @param failure why the one behind them failed, if one did
   */
  record KeyBatchResult(int done, Optional<Throwable> failure) {}

  /** What came of giving a message up. */
  sealed interface GivingUp {
    /** Nobody can record an effect for it any more, but when it is redriven. */
    record GivenUp() implements GivingUp {}

    /** Its effect had been recorded: it is done. */
    record Done() implements GivingUp {}

    /** It isn't known whether an effect was recorded; its ordering group waits until it is. */
    record Unknown(Throwable cause) implements GivingUp {}
  }

  /**
   * Returns whether a message must be given up here before it is anywhere else; see {@link
   * #giveUp}.
   */
  default boolean keepsEffects() {
    return false;
  }

  /**
   * Gives a message up whose attempt has failed, before that is recorded: a predecessor may still
   * be handling it. No run of its ordering group may be under way. A stage that fails means that
   * this invoker can't be used any more.
   */
  default CompletionStage<GivingUp> giveUp(PendingDelivery delivery) {
    return CompletableFuture.completedFuture(new GivingUp.GivenUp());
  }

  /** How many keys may be handled in one call. */
  int maxKeys();

  /** How many messages are worth being handled at once. */
  int maxMessages();

  /**
   * Handles a invocation's runs, of different keys; the stage gives a result for each, in order. A
   * stage that fails means that this invoker can't be used any more, and that nothing is known.
   */
  CompletionStage<List<KeyBatchResult>> invoke(Invocation invocation);
}
