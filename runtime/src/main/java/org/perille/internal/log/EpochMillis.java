package org.perille.internal.log;

import java.time.Instant;

/** Points in time as the log counts them. */
public final class EpochMillis {
  private EpochMillis() {}

  /**
   * Returns the milliseconds since the epoch. A time that is too far away for a {@code long}, such
   * as {@link Instant#MAX}, becomes the farthest one that isn't.
   */
  public static long of(Instant time) {
    try {
      return time.toEpochMilli();
    } catch (ArithmeticException e) {
      return time.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
    }
  }
}
