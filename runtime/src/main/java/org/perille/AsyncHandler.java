package org.perille;

import java.util.concurrent.CompletionStage;

/**
 * A handler that returns a stage, without occupying a thread until the message is handled.
 *
 * <p>The completion of the stage acknowledges the message. A failed stage, or an exception, fails
 * the attempt.
 *
 * <p><b>Threading</b>: as for {@link Handler}. For one key, the next call follows the completion of
 * the stage before.
 */
@FunctionalInterface
public interface AsyncHandler<T> {
  /**
   * Starts one attempt.
   *
   * @return the stage of the attempt; never null
   * @throws Exception any exception fails the attempt
   */
  CompletionStage<?> handle(Delivery<T> delivery) throws Exception;
}
