package org.perille.internal.subscribe;

import java.time.Clock;
import java.time.Duration;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * What a worker takes for the time.
 *
 * @param clock tells when a message is due, expired or too old
 * @param nanoClock tells how long an attempt has taken
 * @param longestSleep after how long, at the latest, a worker that waits looks at the clocks again:
 *     how late it notices that they were moved
 * @param dueTimes hears when workers have something to do again, in milliseconds since the epoch;
 *     on any thread
 */
public record WorkerTime(
    Clock clock, LongSupplier nanoClock, Duration longestSleep, LongConsumer dueTimes) {
  /** A system's clock may be set, too, and its machine may sleep. */
  private static final Duration LONGEST_SLEEP = Duration.ofMinutes(1);

  /** A clock that goes as the machine's does. */
  public static WorkerTime of(Clock clock) {
    return new WorkerTime(clock, System::nanoTime, LONGEST_SLEEP, due -> {});
  }

  /** How long to sleep of a time that has to pass. */
  Duration sleep(Duration wanted) {
    return wanted.compareTo(longestSleep) < 0 ? wanted : longestSleep;
  }
}
