package org.perille;

import java.util.concurrent.CompletionStage;

/**
 * Handles a message without holding a thread until it is done.
 *
 * <p>The stage's completion acknowledges the message; a failed stage, or an exception, fails the
 * attempt.
 *
 * <p><b>Threading</b>: as for {@link Handler}; the next message of a key comes after the stage of
 * the one before has completed.
 */
@FunctionalInterface
public interface AsyncHandler<T> {
  /** Begins one attempt; never returns null. */
  CompletionStage<?> handle(Delivery<T> delivery) throws Exception;
}
