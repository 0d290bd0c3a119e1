package org.perille.benchmarks.orders;

import java.util.stream.DoubleStream;
import org.perille.benchmarks.contender.Due;

/**
 * When each order is due.
 *
 * <p><b>Threading</b>: any thread, once it has begun.
 */
final class Timetable {
  private static final double NANOS = 1e9;

  private final int rate;
  private final int warmUpSeconds;
  private final int seconds;
  private volatile long begin;

  /**
   * A timetable that hasn't begun.
   *
   * @param rate orders in a second
   * @param warmUpSeconds aren't measured
   * @param seconds are measured
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

  /** How many orders there are. */
  int orders() {
    return rate * (warmUpSeconds + seconds);
  }

  /** The number of the first order that is measured. */
  int firstMeasured() {
    return rate * warmUpSeconds;
  }

  /** Waits until an order is due; gives that time. */
  long awaitDue(int order) {
    long due = begin + (long) (order * (NANOS / rate));
    Due.await(due);
    return due;
  }

  /** Which order was due then. */
  int order(long due) {
    return (int) Math.round((due - begin) * (rate / NANOS));
  }

  /** How long the service of notifications stands still each time, in seconds. */
  double standstill() {
    return seconds / 6.0;
  }

  /**
   * How many nanoseconds the service will stand still from now on. It does so in the middle of what
   * is measured; and before, while warming up, so that what comes after is compiled.
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
