package org.perille.internal.pace;

/**
 * A rate: tokens drip into a bucket that holds a tenth of a second's worth, one at least, and each
 * message takes one. In any time t no more than rate · t and one bucket are taken.
 */
final class TokenBucket {
  private static final double BURST_SECONDS = 0.1;
  private static final double NANOS_PER_SECOND = 1e9;

  /** What sums of small drips may lack of a whole token. */
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

  /** An empty one: a share of a rate that comes and goes must bring no burst each time. */
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

  /** Goes on at another rate from now on; until when it dripped before is the caller's to fill. */
  void changeRate(double newPerSecond, long nowNanos) {
    perSecond = newPerSecond;
    tokens = Math.min(burst(newPerSecond), tokens);
    filledAtNanos = nowNanos;
  }

  double perSecond() {
    return perSecond;
  }

  /** Whole tokens since it was last filled. */
  int available() {
    return (int) (tokens + ROUNDING);
  }

  void take(int count) {
    if (count > available()) {
      throw new IllegalStateException(
          "%d tokens were taken of %s in the bucket".formatted(count, tokens));
    }
    tokens -= count;
  }

  void giveBack(int count) {
    tokens = Math.min(burst(perSecond), tokens + count);
  }

  /** How long until there is a token; {@link Long#MAX_VALUE} if nothing drips. */
  long nanosUntilToken() {
    if (available() >= 1) {
      return 0;
    }
    double nanos = (1 - tokens) / perSecond * NANOS_PER_SECOND;
    return nanos < Long.MAX_VALUE ? (long) Math.ceil(nanos) : Long.MAX_VALUE;
  }
}
