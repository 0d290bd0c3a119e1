package org.perille;

import java.time.Duration;

/**
 * A circuit breaker that pauses a subscription on a node while its handler's dependency is down.
 *
 * <p>So messages don't use up their attempts.
 *
 * <p>It opens when too large a share of the latest attempts on this node has failed, for any reason
 * except a {@link Nack}. Then no handler runs until a probe is due, which is one message. If the
 * probe succeeds, the subscription continues. If it fails, the next probe follows after the same
 * time.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param failureShare the share of failed attempts in the window that opens it: more than 0, up to
 *     1
 * @param window the number of latest attempts that count, 1 to 100,000; the breaker stays closed
 *     before there were as many
 * @param probeAfter the time from opening until a probe, 1 ms to 1 day
 */
public record CircuitBreaker(double failureShare, int window, Duration probeAfter) {
  /**
   * Returns a circuit breaker.
   *
   * @param failureShare the share of failed attempts in the window that opens it: more than 0, up
   *     to 1
   * @param window the number of latest attempts that count, 1 to 100,000
   * @param probeAfter the time from opening until a probe, 1 ms to 1 day
   * @throws IllegalArgumentException if an argument is out of range
   */
  public static CircuitBreaker of(double failureShare, int window, Duration probeAfter) {
    return new CircuitBreaker(failureShare, window, probeAfter);
  }

  public CircuitBreaker {
    if (!(failureShare > 0 && failureShare <= 1)) {
      throw new IllegalArgumentException(
          "a circuit breaker can't open at the share %s: use more than 0, up to 1"
              .formatted(failureShare));
    }
    if (window < 1 || window > 100_000) {
      throw new IllegalArgumentException(
          "a circuit breaker can't have a window of %d attempts: use 1 to 100000"
              .formatted(window));
    }
    if (probeAfter.compareTo(Duration.ofMillis(1)) < 0
        || probeAfter.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(
          "a circuit breaker can't probe after %s: use 1 ms to 1 day".formatted(probeAfter));
    }
  }
}
