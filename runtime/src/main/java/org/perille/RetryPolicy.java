package org.perille;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * The delays and the limit of the attempts at a message.
 *
 * <p>Only the message's key waits meanwhile. The number of attempts and the time of the next one
 * are durable. Neither a crash nor a move of the worker restarts the count.
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
  /** The default limit of attempts. With the default delays they take about four minutes. */
  public static final int DEFAULT_MAX_ATTEMPTS = 10;

  /** The default delay after the first attempt: 1 s. */
  public static final Duration DEFAULT_FIRST_DELAY = Duration.ofSeconds(1);

  /** The default of the longest delay: 1 min. */
  public static final Duration DEFAULT_LONGEST_DELAY = Duration.ofMinutes(1);

  /**
   * The default jitter: the random share of a delay, so that simultaneous failures aren't retried
   * simultaneously.
   */
  public static final double DEFAULT_JITTER = 0.2;

  private static final Duration LONGEST = Duration.ofDays(7);

  /** The limit of causes to search. A longer chain is a cycle. */
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
   * Returns the default policy.
   *
   * <p>It is exponential from 1 s to 1 min with a jitter of 20 %, has {@value
   * #DEFAULT_MAX_ATTEMPTS} attempts, and no permanent errors.
   */
  public static RetryPolicy standard() {
    return exponential(DEFAULT_FIRST_DELAY, DEFAULT_LONGEST_DELAY);
  }

  /**
   * Returns a policy whose delay doubles with every attempt.
   *
   * @param first the delay after the first attempt, 1 ms to 7 days
   * @param longest the limit of the delay, up to 7 days
   * @throws IllegalArgumentException if a delay is out of range, or the longest is shorter than the
   *     first
   */
  public static RetryPolicy exponential(Duration first, Duration longest) {
    requireDelay("first delay", first);
    requireDelay("longest delay", longest);
    if (longest.compareTo(first) < 0) {
      throw new IllegalArgumentException(
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
   * Returns a policy with the same delay after every attempt, without jitter.
   *
   * @param delay 1 ms to 7 days
   * @throws IllegalArgumentException if it is out of range
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

  /** Returns a policy without a second attempt. */
  public static RetryPolicy never() {
    return fixed(DEFAULT_FIRST_DELAY).withMaxAttempts(1);
  }

  /**
   * Returns the same policy with another limit of attempts.
   *
   * @param attempts the number in all, 1 to 1,000,000
   * @throws IllegalArgumentException if it is out of range
   */
  public RetryPolicy withMaxAttempts(int attempts) {
    if (attempts < 1 || attempts > 1_000_000) {
      throw new IllegalArgumentException(
          "a retry policy can't have %d attempts: use 1 to 1000000".formatted(attempts));
    }
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, OptionalInt.of(attempts), maxAge, permanent);
  }

  /** Returns the same policy without a limit of attempts. {@link #withMaxAge} may limit it. */
  public RetryPolicy withUnlimitedAttempts() {
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, OptionalInt.empty(), maxAge, permanent);
  }

  /**
   * Returns the same policy with a limit of the time between the first failure and a planned
   * attempt.
   *
   * <p>An attempt may start later, when handlers are busy, limited or paused. The clocks of the
   * nodes that handle the message measure the time. If one is off by more than {@code age}, the
   * message may become a dead letter too early, or be retried for longer.
   *
   * @param age 1 ms to 365 days
   * @throws IllegalArgumentException if it is out of range
   */
  public RetryPolicy withMaxAge(Duration age) {
    if (age.compareTo(Duration.ofMillis(1)) < 0 || age.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "a retry policy can't have the maximum age %s: use 1 ms to 365 days".formatted(age));
    }
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, maxAttempts, Optional.of(age), permanent);
  }

  /**
   * Returns the same policy with another jitter.
   *
   * @param share the random share of a delay, up or down: 0 to 1
   * @throws IllegalArgumentException if it is out of range
   */
  public RetryPolicy withJitter(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "a retry policy can't have the jitter %s: use 0 to 1".formatted(share));
    }
    return new RetryPolicy(firstDelay, longestDelay, factor, share, maxAttempts, maxAge, permanent);
  }

  /** Returns the same policy, in which a failure with this class among its causes is permanent. */
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

  /** Returns the same policy, in which a failure that satisfies the predicate is permanent too. */
  public RetryPolicy givingUpWhen(Predicate<Throwable> isPermanent) {
    Objects.requireNonNull(isPermanent, "isPermanent");
    return new RetryPolicy(
        firstDelay, longestDelay, factor, jitter, maxAttempts, maxAge, permanent.or(isPermanent));
  }

  /** Returns the limit of attempts, if there is one. */
  public OptionalInt maxAttempts() {
    return maxAttempts;
  }

  /** Returns the limit of the time between the first failure and a retry, if there is one. */
  public Optional<Duration> maxAge() {
    return maxAge;
  }

  /** Returns whether a retry after this failure is useless. */
  public boolean isPermanent(Throwable failure) {
    return permanent.test(failure);
  }

  /**
   * Returns the delay after an attempt.
   *
   * @param attempt the number of the failed attempt, from 1
   * @param chance a random number, at least 0 and less than 1
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
      throw new IllegalArgumentException(
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
