package org.perille.internal.limit;

import org.perille.internal.Pure;

/**
 * A token bucket that limits a rate.
 *
 * <p>The bucket holds tokens for a tenth of a second, at least one. Each message takes one token.
 * In any time t at most rate · t and one full bucket are taken.
 */
@Pure
final class TokenBucket {
  private static final double BURST_SECONDS = 0.1;
  private static final double NANOS_PER_SECOND = 1e9;

  /** The tolerance for rounding errors in a whole token. */
  private static final double ROUNDING = 1e-9;

  private double perSecond;
  private double tokens;
  private long filledAtNanos;

  private TokenBucket(double perSecond, double tokens, long nowNanos) {
    this.perSecond = perSecond;
    this.tokens = tokens;
    this.filledAtNanos = nowNanos;
  }

  static TokenBucket full(double perSecond, long nowNanos) {
    return new TokenBucket(perSecond, burst(perSecond), nowNanos);
  }

  /**
   * Returns an empty bucket. A share of a rate comes and goes, and must not cause a burst each
   * time.
   */
  static TokenBucket dry(long nowNanos) {
    return new TokenBucket(0, 0, nowNanos);
  }

  private static double burst(double perSecond) {
    return Math.max(1, perSecond * BURST_SECONDS);
  }

  void fill(long nowNanos) {
    long elapsed = nowNanos - filledAtNanos;
    if (elapsed > 0) {
      tokens = Math.min(burst(perSecond), tokens + perSecond * elapsed / NANOS_PER_SECOND);
      filledAtNanos = nowNanos;
    }
  }

  /** Changes the rate from now on. The caller fills the bucket at the old rate before. */
  void changeRate(double newPerSecond, long nowNanos) {
    perSecond = newPerSecond;
    tokens = Math.min(burst(newPerSecond), tokens);
    filledAtNanos = nowNanos;
  }

  double perSecond() {
    return perSecond;
  }

  /** Returns the number of whole tokens at the last call of {@link #fill}. */
  int available() {
    return (int) (tokens + ROUNDING);
  }

  void take(int count) {
    if (count > available()) {
      throw new IllegalStateException(
          "%d tokens were taken from a bucket with %s".formatted(count, tokens));
    }
    tokens -= count;
  }

  void giveBack(int count) {
    tokens = Math.min(burst(perSecond), tokens + count);
  }

  /** Returns the time until there is a token; {@link Long#MAX_VALUE} if the rate is 0. */
  long nanosUntilToken() {
    if (available() >= 1) {
      return 0;
    }
    double nanos = (1 - tokens) / perSecond * NANOS_PER_SECOND;
    return nanos < Long.MAX_VALUE ? (long) Math.ceil(nanos) : Long.MAX_VALUE;
  }
}
