package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * When a message whose handling failed is tried again, and when it is given up.
 *
 * <p>Only the message's key waits meanwhile. How often a message was tried, and when it is due, is
 * durable: neither a crash nor a move of its worker begins the count anew.
 *
 * <pre>{@code
 * RetryPolicy.exponential(Duration.ofMillis(100), Duration.ofMinutes(1))
 *     .withMaxAttempts(10)
 *     .givingUpOn(IllegalArgumentException.class);
 * }</pre>
 *
 * <p><b>Threading</b>: immutable.
 */
public final class RetryPolicy {
  /** Attempts at a message unless told: with the default delays they span about four minutes. */
  public static final int DEFAULT_MAX_ATTEMPTS = 10;

  /** The delay after the first attempt unless told. */
  public static final Duration DEFAULT_FIRST_DELAY = Duration.ofSeconds(1);

  /** The longest delay unless told. */
  public static final Duration DEFAULT_LONGEST_DELAY = Duration.ofMinutes(1);

  /** How much of a delay is left to chance, so that what failed together doesn't come together. */
  public static final double DEFAULT_JITTER = 0.2;

  private static final Duration LONGEST = Duration.ofDays(7);

  /** Causes that are looked at: a longer chain is a cycle. */
  private static final int MAX_CAUSES = 100;

  private final Duration firstDelay;
  private final Duration longestDelay;
  private final double factor;
  private final double jitter;
  private final OptionalInt maxAttempts;
  private final Optional<Duration> maxAge;
  private final Predicate<Throwable> permanent;

  private RetryPolicy(
      Duration firstDelay,
      Duration longestDelay,
      double factor,
      double jitter,
      OptionalInt maxAttempts,
      Optional<Duration> maxAge,
      Predicate<Throwable> permanent) {
    this.firstDelay = firstDelay;
    this.longestDelay = longestDelay;
    this.factor = factor;
    this.jitter = jitter;
    this.maxAttempts = maxAttempts;
    this.maxAge = maxAge;
    this.permanent = permanent;
  }

  /**
   * What holds unless told: exponential from 1 s to 1 min with a jitter of 20 %, {@value
   * #DEFAULT_MAX_ATTEMPTS} attempts, no error permanent.
   */
  public static RetryPolicy standard() {
    return exponential(DEFAULT_FIRST_DELAY, DEFAULT_LONGEST_DELAY);
  }

  /**
   * A delay that doubles with every attempt.
   *
   * @param first the delay after the first attempt, 1 ms to 7 days
   * @param longest the delay that it grows to at the most, up to 7 days
   */
  public static RetryPolicy exponential(Duration first, Duration longest) {
    requireDelay("first delay", first);
    requireDelay("longest delay", longest);
    if (longest.compareTo(first) < 0) {
      throw new ConfigurationException(
          "the longest delay %s of a retry policy is shorter than its first delay %s"
              .formatted(longest, first));
    }
    return new RetryPolicy(
        first,
        longest,
        2,
        DEFAULT_JITTER,
        OptionalInt.of(DEFAULT_MAX_ATTEMPTS),
        Optional.empty(),
        failure -> false);
  }

  /**
   * The same delay after every attempt, without jitter.
   *
   * @param delay 1 ms to 7 days
   */
  public static RetryPolicy fixed(Duration delay) {
    requireDelay("delay", delay);
    return new RetryPolicy(
        delay,
        delay,
        1,
        0,
        OptionalInt.of(DEFAULT_MAX_ATTEMPTS),
        Optional.empty(),
        failure -> false);
  }

  /** No second attempt. */
  public static RetryPolicy never() {
    return fixed(DEFAULT_FIRST_DELAY).withMaxAttempts(1);
  }

  /** The same policy with so many attempts in all, 1 to 1,000,000. */
  public RetryPolicy withMaxAttempts(int attempts) {
    if (attempts < 1 || attempts > 1_000_000) {
      throw new ConfigurationException(
          "a retry policy can't have %d attempts: use 1 to 1000000".formatted(attempts));
    }
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, OptionalInt.of(attempts), maxAge, permanent);
  }

  /** The same policy without a limit of attempts: for as long as {@link #withMaxAge} allows. */
  public RetryPolicy withUnlimitedAttempts() {
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, OptionalInt.empty(), maxAge, permanent);
  }

  /**
   * The same policy, and no further attempt is planned for later than so long after the first one
   * failed; it may begin later, when handlers are busy, limited or paused.
   *
   * @param age 1 ms to 365 days
   */
  public RetryPolicy withMaxAge(Duration age) {
    if (age.compareTo(Duration.ofMillis(1)) < 0 || age.compareTo(Duration.ofDays(365)) > 0) {
      throw new ConfigurationException(
          "a retry policy can't have the maximum age %s: use 1 ms to 365 days".formatted(age));
    }
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, maxAttempts, Optional.of(age), permanent);
  }

  /**
   * The same policy with another jitter.
   *
   * @param share of a delay that is left to chance, up or down: 0 to 1
   */
  public RetryPolicy withJitter(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new ConfigurationException(
          "a retry policy can't have the jitter %s: use 0 to 1".formatted(share));
    }
    return new RetryPolicy(firstDelay, longestDelay, factor, share, maxAttempts, maxAge, permanent);
  }

  /** The same policy, and a failure of this class or one that was caused by it is permanent. */
  public RetryPolicy givingUpOn(Class<? extends Throwable> type) {
    Objects.requireNonNull(type, "type");
    return givingUpWhen(
        failure -> {
          Throwable cause = failure;
          for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (type.isInstance(cause)) {
              return true;
            }
            cause = cause.getCause();
          }
          return false;
        });
  }

  /** The same policy, and a failure that this is true of is permanent as well. */
  public RetryPolicy givingUpWhen(Predicate<Throwable> isPermanent) {
    Objects.requireNonNull(isPermanent, "isPermanent");
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, maxAttempts, maxAge, permanent.or(isPermanent));
  }

  /** Attempts in all, if they are limited. */
  public OptionalInt maxAttempts() {
    return maxAttempts;
  }

  /** How long after its first failure a message may be tried again, if that is limited. */
  public Optional<Duration> maxAge() {
    return maxAge;
  }

  /** Whether trying again is of no use after this failure. */
  public boolean isPermanent(Throwable failure) {
    return permanent.test(failure);
  }

  /**
   * How long to wait after an attempt.
   *
   * @param attempt that has failed, from 1
   * @param chance at least 0 and less than 1
   */
  public Duration delayAfter(int attempt, double chance) {
    double millis =
        Math.min(
            (double) longestDelay.toMillis(),
            firstDelay.toMillis() * Math.pow(factor, attempt - 1.0));
    return Duration.ofMillis(Math.max(1, Math.round(millis * (1 + jitter * (2 * chance - 1)))));
  }

  private static void requireDelay(String what, Duration delay) {
    if (delay.compareTo(Duration.ofMillis(1)) < 0 || delay.compareTo(LONGEST) > 0) {
      throw new ConfigurationException(
          "a retry policy can't have the %s %s: use 1 ms to 7 days".formatted(what, delay));
    }
  }

  @Override
  public String toString() {
    return "%s to %s, %s attempts%s"
        .formatted(
            firstDelay,
            longestDelay,
            maxAttempts.isPresent() ? maxAttempts.getAsInt() : "unlimited",
            maxAge.map(age -> ", for " + age).orElse(""));
  }
}
