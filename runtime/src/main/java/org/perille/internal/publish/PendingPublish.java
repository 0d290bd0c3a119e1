package org.perille.internal.publish;

import java.util.Optional;
import org.perille.internal.effect.ChainPublisher;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogCondition;
import org.perille.internal.log.LogMessage;

/**
 * A message that isn't durable yet.
 *
 * @param deadlineNanos the time when its publisher no longer waits, by {@link System#nanoTime()};
 *     empty for a publisher that waits for its whole lifetime
 * @param promise notifies the publisher
 * @param producer the producer, if the message is published for a message that was handled
 * @param condition the condition, which only a message of the application may have
 */
public record PendingPublish<P>(
    LogMessage message,
    Optional<Long> deadlineNanos,
    P promise,
    Optional<ChainPublisher.Producer> producer,
    Optional<LogCondition> condition) {

  /** Creates a message without a condition. */
  public PendingPublish(
      LogMessage message,
      Optional<Long> deadlineNanos,
      P promise,
      Optional<ChainPublisher.Producer> producer) {
    this(message, deadlineNanos, promise, producer, Optional.empty());
  }

  /**
   * Returns the same message, after its publisher has read the log. The time for reading doesn't
   * count.
   */
  PendingPublish<P> with(LastOfKey read, long newDeadlineNanos) {
    return new PendingPublish<>(
        message,
        Optional.of(newDeadlineNanos),
        promise,
        producer,
        condition.map(before -> before.with(read)));
  }

  /** Returns whether its publisher no longer waits. */
  public boolean isExpired(long nowNanos) {
    return deadlineNanos.filter(deadline -> deadline - nowNanos <= 0).isPresent();
  }
}
