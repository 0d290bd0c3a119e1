package org.perille.internal.publish;

import java.util.Optional;
import org.perille.internal.effect.Outlet;
import org.perille.internal.log.LogMessage;

/**
 * A message that waits to become durable.
 *
 * @param deadlineNanos when its publisher no longer waits, by {@link System#nanoTime()}; empty for
 *     a publisher that waits for as long as it lives
 * @param promise what tells the publisher
 * @param lane who publishes it for a message that was handled, if that is so
 */
public record Pending<P>(
    LogMessage message, Optional<Long> deadlineNanos, P promise, Optional<Outlet.Lane> lane) {

  /** Whether its publisher no longer waits. */
  boolean isExpired(long nowNanos) {
    return deadlineNanos.filter(deadline -> deadline - nowNanos <= 0).isPresent();
  }
}
