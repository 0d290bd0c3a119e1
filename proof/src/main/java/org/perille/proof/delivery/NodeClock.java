package org.perille.proof.delivery;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** The clock of a node with workers. It may be wrong by days until it is corrected. */
final class NodeClock extends Clock {
  private final ModelClock right;

  /** The latest time that this clock has shown in each period of {@link ModelClock#period}. */
  private final List<Long> latest = new ArrayList<>();

  private long wrongByMillis;
  private long settings;

  NodeClock(ModelClock right) {
    this.right = right;
  }

  /** Sets the clock, as an operator does, by mistake or to correct it. */
  void set(long newWrongByMillis) {
    if (newWrongByMillis != wrongByMillis) {
      wrongByMillis = newWrongByMillis;
      settings++;
      right.beginPeriod();
    }
  }

  /** Returns by how much the clock is ahead. Negative if it is behind. */
  long wrongByMillis() {
    return wrongByMillis;
  }

  /** Returns how often the clock was set by days. */
  long settings() {
    return settings;
  }

  void beginPeriod() {
    latest.add(millis());
  }

  void noteTime() {
    int last = latest.size() - 1;
    latest.set(last, Math.max(latest.get(last), millis()));
  }

  /** Returns the latest time that the clock has shown since a period began. */
  long latestSince(int period) {
    return latest.stream().skip(period).max(Long::compare).orElseThrow();
  }

  @Override
  public long millis() {
    return right.millis() + wrongByMillis;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(millis());
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
