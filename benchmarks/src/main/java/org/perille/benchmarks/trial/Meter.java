package org.perille.benchmarks.trial;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Measures parcels: the number done in each second, and the delay of each from its due time.
 *
 * <p>The delay counts from the due time, so that a stall affects all parcels that it delays.
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
   * Creates a meter for an interval.
   *
   * @param fromNanos the start of the interval, of {@link System#nanoTime}
   */
  public Meter(long fromNanos, int seconds) {
    this.from = fromNanos;
    this.to = fromNanos + TimeUnit.SECONDS.toNanos(seconds);
    this.bySecond = new AtomicLongArray(seconds);
  }

  /** Records a parcel that is done. */
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

  /** Returns the number of parcels done, including those outside the interval. */
  public long count() {
    return done.sum();
  }

  /** Returns the measurements so far. */
  public Result result() {
    return new Result(
        latency.copy(), IntStream.range(0, bySecond.length()).mapToObj(bySecond::get).toList());
  }
}
