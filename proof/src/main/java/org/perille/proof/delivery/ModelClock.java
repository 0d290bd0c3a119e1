package org.perille.proof.delivery;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** A clock that advances only on request. */
final class ModelClock extends Clock {
  private long nowMillis = 1_000_000;
  private long highestMillis = nowMillis;
  private long passedMillis;
  private long setBackMillis;

  void pass(long millis) {
    nowMillis += millis;
    passedMillis += millis;
    highestMillis = Math.max(highestMillis, nowMillis);
  }

  /** Sets the clock, as an operator does. */
  void jump(long millis) {
    nowMillis += millis;
    setBackMillis += Math.max(0, -millis);
    highestMillis = Math.max(highestMillis, nowMillis);
  }

  /** Returns the latest time that the clock has ever shown. */
  long highestMillis() {
    return highestMillis;
  }

  /** Returns by how much the clock was set back, all times together. */
  long setBackMillis() {
    return setBackMillis;
  }

  /** Returns the time that has passed, independent of the time shown. */
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
    throw new UnsupportedOperationException("the clock has no time zones");
  }
}
