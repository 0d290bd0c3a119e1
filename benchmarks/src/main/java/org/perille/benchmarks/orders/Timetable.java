package org.perille.benchmarks.orders;

import java.util.stream.DoubleStream;
import org.perille.benchmarks.contender.Due;

/**
 * The due time of each order.
 *
 * <p><b>Threading</b>: any thread, after the start.
 */
final class Timetable {
  private static final double NANOS = 1e9;

  private final int rate;
  private final int warmUpSeconds;
  private final int seconds;
  private volatile long begin;

  /**
   * Creates a timetable that isn't started.
   *
   * @param rate orders per second
   * @param warmUpSeconds seconds before the measurement
   * @param seconds seconds of the measurement
   */
  Timetable(int rate, int warmUpSeconds, int seconds) {
    this.rate = rate;
    this.warmUpSeconds = warmUpSeconds;
    this.seconds = seconds;
  }

  void begin() {
    begin = System.nanoTime();
  }

  int seconds() {
    return seconds;
  }

  /** Returns the number of orders. */
  int orders() {
    return rate * (warmUpSeconds + seconds);
  }

  /** Returns the number of the first order that is measured. */
  int firstMeasured() {
    return rate * warmUpSeconds;
  }

  /**
   * Waits until an order is due.
   *
   * @return the due time
   */
  long awaitDue(int order) {
    long due = begin + (long) (order * (NANOS / rate));
    Due.await(due);
    return due;
  }

  /** Returns the order that is due at a time. */
  int order(long due) {
    return (int) Math.round((due - begin) * (rate / NANOS));
  }

  /** Returns the duration of each stall of the notification service, in seconds. */
  double standstill() {
    return seconds / 6.0;
  }

  /**
   * Returns the remaining duration of the current stall of the notification service, in
   * nanoseconds.
   *
   * <p>One stall is in the middle of the measurement. Another one is in the warm-up, so that the
   * code that follows a stall is compiled.
   */
  long standstillLeft() {
    double now = (System.nanoTime() - begin) / NANOS;
    return DoubleStream.of(warmUpSeconds / 3.0, warmUpSeconds + seconds / 2.0)
        .filter(from -> from <= now && now < from + standstill())
        .mapToLong(from -> (long) ((from + standstill() - now) * NANOS))
        .findAny()
        .orElse(0);
  }
}
