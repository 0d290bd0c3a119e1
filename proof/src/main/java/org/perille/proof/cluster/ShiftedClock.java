package org.perille.proof.cluster;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A clock that is set, while those of the other processes go on as they were. Safe for use by any
 * number of threads.
 */
final class ShiftedClock extends Clock {
  private volatile long shiftMillis;

  /** How far it is ahead of the machine's from now on. */
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
    throw new UnsupportedOperationException("nobody asks it for the time of day");
  }
}
