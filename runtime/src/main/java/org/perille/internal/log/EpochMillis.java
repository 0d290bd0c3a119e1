package org.perille.internal.log;

import java.time.Instant;

/** The conversion of times to those of the log. */
public final class EpochMillis {
  private EpochMillis() {}

  /**
   * Returns the milliseconds since the epoch. A time out of the range of a {@code long}, such as
   * {@link Instant#MAX}, becomes its limit.
   */
  public static long of(Instant time) {
    try {
      return time.toEpochMilli();
    } catch (ArithmeticException e) {
      return time.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
