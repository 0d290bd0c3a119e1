package org.perille.benchmarks.orders;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

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
    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return due;
  }

  /** Which order was due then. */
  int order(long due) {
    return (int) Math.round((due - begin) * (rate / NANOS));
  }

  /** How long it is, in nanoseconds, until this part of the measured time has passed. */
  long nanosUntil(double part) {
    long measuredFrom = begin + TimeUnit.SECONDS.toNanos(warmUpSeconds);
    return measuredFrom + (long) (part * seconds * NANOS) - System.nanoTime();
  }
}
