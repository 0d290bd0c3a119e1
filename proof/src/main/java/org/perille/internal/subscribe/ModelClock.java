package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that goes on when it is told to. */
final class ModelClock extends Clock {
  private long nowMillis = 1_000_000;
  private long highestMillis = nowMillis;
  private long passedMillis;

  void pass(long millis) {
    nowMillis += millis;
    passedMillis += millis;
    highestMillis = Math.max(highestMillis, nowMillis);
  }

  /** An operator sets it. */
  void jump(long millis) {
    nowMillis += millis;
    highestMillis = Math.max(highestMillis, nowMillis);
  }

  /** The latest time that it has ever shown. */
  long highestMillis() {
    return highestMillis;
  }

  /** How much time has passed, whatever it shows. */
  long passedMillis() {
    return passedMillis;
  }

  @Override
  public long millis() {
    return nowMillis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(nowMillis);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("nothing here knows of zones");
  }
}
