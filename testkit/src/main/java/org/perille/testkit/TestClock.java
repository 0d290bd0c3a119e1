package org.perille.testkit;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.perille.internal.log.ExactClock;

/** The machine's clock, which can be advanced. */
final class TestClock extends Clock implements ExactClock {
  private final AtomicLong aheadNanos = new AtomicLong();

  void advance(Duration time) {
    aheadNanos.addAndGet(time.toNanos());
  }

  long nanoTime() {
    return System.nanoTime() + aheadNanos.get();
  }

  @Override
  public Instant instant() {
    return Instant.now().plusNanos(aheadNanos.get());
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    throw new UnsupportedOperationException("a test's clock is in UTC: convert its times");
  }
}
