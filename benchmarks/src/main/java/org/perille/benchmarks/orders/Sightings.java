package org.perille.benchmarks.orders;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Counts for each order how often one service saw it, and measures the delay from its due time.
 *
 * <p><b>Threading</b>: any thread.
 */
final class Sightings implements LongConsumer {
  private static final long MOST_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final String where;
  private final Timetable timetable;
  private final AtomicIntegerArray times;
  private final Histogram latency = new ConcurrentHistogram(MOST_NANOS, 3);

  Sightings(String where, Timetable timetable) {
    this.where = where;
    this.timetable = timetable;
    this.times = new AtomicIntegerArray(timetable.orders());
  }

  @Override
  public void accept(long due) {
    int order = timetable.order(due);
    times.incrementAndGet(order);
    if (order >= timetable.firstMeasured()) {
      latency.recordValue(Math.min(MOST_NANOS, System.nanoTime() - due));
    }
  }

  /** Returns the number of orders that were not seen. */
  long missing() {
    return IntStream.range(0, times.length()).filter(order -> times.get(order) == 0).count();
  }

  /** Returns the number of orders that were seen more than once. */
  long repeated() {
    return IntStream.range(0, times.length()).filter(order -> times.get(order) > 1).count();
  }

  /** Returns the number of missing and repeated orders as text. */
  String mistakes() {
    return "%s: %,d missing, %,d repeated".formatted(where, missing(), repeated());
  }

  /** Returns the delays as text. */
  @Override
  public String toString() {
    return "%-40s p50 %,9.2f ms, p99 %,9.2f ms, p99.9 %,9.2f ms, max %,9.2f ms"
        .formatted(
            where,
            latency.getValueAtPercentile(50) / 1e6,
            latency.getValueAtPercentile(99) / 1e6,
            latency.getValueAtPercentile(99.9) / 1e6,
            latency.getMaxValue() / 1e6);
  }
}
