package org.perille.internal.subscribe;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Gets messages handled; the difference between the kinds of handlers. */
interface Invoker {
  /**
   * What became of the messages of one run.
   *
   * @param done how many of its first messages are done
   * @param failure why the one behind them failed, if one did
   */
  record RunResult(int done, Optional<Throwable> failure) {}

  /** How many keys may be handled in one call. */
  int maxKeys();

  /** How many messages are worth being handled at once. */
  int maxMessages();

  /**
   * Handles a round's runs, of different keys; the stage gives a result for each, in order. A stage
   * that fails means that this invoker can't be used any more, and that nothing is known.
   */
  CompletionStage<List<RunResult>> invoke(Round round);
}
