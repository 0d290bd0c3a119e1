package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * A handler's negative acknowledgement.
 *
 * <p>A handler throws it, or fails its stage with it. The attempt fails, without being an error. It
 * has no stack trace.
 *
 * <pre>{@code
 * throw Nack.retryAfter(Duration.ofSeconds(30), "the provider asks us to come back later");
 * }</pre>
 *
 * <p>A nack counts as an attempt. If a provider may ask for any number of retries, use {@link
 * RetryPolicy#withUnlimitedAttempts()}.
 */
public final class Nack extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Optional<Duration> delay;
  private final boolean givenUp;

  private Nack(String reason, Optional<Duration> delay, boolean givenUp) {
    super(Objects.requireNonNull(reason, "reason"), null, false, false);
    this.delay = delay;
    this.givenUp = givenUp;
  }

  /** Returns a nack that retries after the delay of the subscription's retry policy. */
  public static Nack retry(String reason) {
    return new Nack(reason, Optional.empty(), false);
  }

  /**
   * Returns a nack that retries after this delay instead of the retry policy's.
   *
   * @param delay 0 to 7 days
   * @throws IllegalArgumentException if it is out of range
   */
  public static Nack retryAfter(Duration delay, String reason) {
    if (delay.isNegative() || delay.compareTo(Duration.ofDays(7)) > 0) {
      throw new IllegalArgumentException(
          "a nack can't ask for a delay of " + delay + ": use 0 to 7 days");
    }
    return new Nack(reason, Optional.of(delay), false);
  }

  /** Returns a nack that makes the message a dead letter at once. */
  public static Nack giveUp(String reason) {
    return new Nack(reason, Optional.empty(), true);
  }

  /** Returns the delay that the handler asks for, if it does. */
  public Optional<Duration> delay() {
    return delay;
  }

  /** Returns whether the handler gives the message up. */
  public boolean givenUp() {
    return givenUp;
  }
}
