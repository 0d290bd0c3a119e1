package org.perille.internal.publish;

import java.util.Optional;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LogMessage;

/**
 * A message that isn't durable yet.
 *
 * @param deadlineNanos the time when its publisher no longer waits, by {@link System#nanoTime()};
 *     empty for a publisher that waits for its whole lifetime
 * @param promise notifies the publisher
 * @param producer the producer, if the message is published for a message that was handled
 */
public record PendingPublish<P>(
    LogMessage message,
    Optional<Long> deadlineNanos,
    P promise,
    Optional<ChainPublisher.Producer> producer) {

  /** Returns whether its publisher no longer waits. */
  boolean isExpired(long nowNanos) {
    return deadlineNanos.filter(deadline -> deadline - nowNanos <= 0).isPresent();
  }
}
