package org.perille.internal.handler;

import java.time.Clock;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * The clocks of a worker.
 *
 * @param clock tells when a message is due, expired or too old
 * @param nanoClock measures the duration of attempts
 * @param longestSleep maximum time after which a waiting worker reads the clocks again; it limits
 *     how late the worker notices that a clock was moved
 * @param dueTimes is notified of the times when workers are due again, in milliseconds since the
 *     epoch; on any thread
 */
public record WorkerTime(
    Clock clock, LongSupplier nanoClock, Duration longestSleep, LongConsumer dueTimes) {
  /** The maximum sleep. A system's clock may be set, and its machine may sleep. */
  private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

  /** Creates the time for a clock that advances like the machine's. */
  public static WorkerTime of(Clock clock) {
    return new WorkerTime(clock, System::nanoTime, LONGEST_SLEEP, due -> {});
  }

  /** Returns how long to sleep when this time has to pass. */
  public Duration sleep(Duration wanted) {
    return wanted.compareTo(longestSleep) < 0 ? wanted : longestSleep;
  }
}
