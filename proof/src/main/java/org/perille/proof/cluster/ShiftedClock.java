package org.perille.proof.cluster;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that can be set, while the clocks of other processes continue.
 *
 * <p><b>Threading</b>: any thread.
 */
final class ShiftedClock extends Clock {
  private volatile long shiftMillis;

  /** Sets the milliseconds by which it is ahead of the machine's clock. */
  void shiftBy(long millis) {
    shiftMillis = millis;
  }

  @Override
  public long millis() {
    return System.currentTimeMillis() + shiftMillis;
  }

  @Override
  public Instant instant() {
    return Instant.now().plusMillis(shiftMillis);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("the clock has no time zones");
  }
}
