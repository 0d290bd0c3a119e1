package org.perille.benchmarks.trial;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Measures parcels: how many are done in each second, and how long after it was due each was done,
 * so that a stall counts for all that it delays.
 *
 * <p><b>Threading</b>: any thread.
 */
public final class Meter {
  private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Histogram latency = new ConcurrentHistogram(MOST_NANOS, 3);
  private final LongAdder done = new LongAdder();
  private final AtomicLongArray bySecond;
  private final long from;
  private final long to;

  /**
   * Measures for a time.
   *
   * @param fromNanos of {@link System#nanoTime}, when that begins
   */
  public Meter(long fromNanos, int seconds) {
    this.from = fromNanos;
    this.to = fromNanos + TimeUnit.SECONDS.toNanos(seconds);
    this.bySecond = new AtomicLongArray(seconds);
  }

  /** A parcel is done. */
  public void done(long dueNanos) {
    long now = System.nanoTime();
    if (now - from >= 0 && now - to < 0) {
      bySecond.incrementAndGet((int) TimeUnit.NANOSECONDS.toSeconds(now - from));
    }
    if (dueNanos - from >= 0 && dueNanos - to < 0) {
      latency.recordValue(Math.min(MOST_NANOS, now - dueNanos));
    }
    done.increment();
  }

  /** How many are done, with those that aren't measured. */
  public long count() {
    return done.sum();
  }

  /** What was measured by now. */
  public Result result() {
    return new Result(
        latency.copy(), IntStream.range(0, bySecond.length()).mapToObj(bySecond::get).toList());
  }
}
