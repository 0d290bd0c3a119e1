package org.perille;

import java.time.Duration;

/**
 * Pauses a subscription on a node while what its handler depends on is down, so that messages don't
 * use up their attempts.
 *
 * <p>It opens when too large a share of the latest attempts on this node has failed, for whatever
 * reason but a {@link Nack}. Then nothing is handled until a probe is due: one message is tried. If
 * that succeeds everything goes on; if it fails, the next probe comes after the same time.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param failureShare of the attempts in the window that opens it: more than 0, up to 1
 * @param window attempts that are looked at, 1 to 100,000; it opens only when there were as many
 * @param probeAfter how long it stays open until a probe, 1 ms to 1 day
 */
public record CircuitBreaker(double failureShare, int window, Duration probeAfter) {
  public CircuitBreaker {
    if (!(failureShare > 0 && failureShare <= 1)) {
      throw new ConfigurationException(
          "a circuit breaker can't open at the share %s: use more than 0, up to 1"
              .formatted(failureShare));
    }
    if (window < 1 || window > 100_000) {
      throw new ConfigurationException(
          "a circuit breaker can't have a window of %d attempts: use 1 to 100000"
              .formatted(window));
    }
    if (probeAfter.compareTo(Duration.ofMillis(1)) < 0
        || probeAfter.compareTo(Duration.ofDays(1)) > 0) {
      throw new ConfigurationException(
          "a circuit breaker can't probe after %s: use 1 ms to 1 day".formatted(probeAfter));
    }
  }
}
