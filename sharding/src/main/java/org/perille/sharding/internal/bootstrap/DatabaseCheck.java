package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Checks every few seconds that the database answers, so that a query for it never blocks.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class DatabaseCheck implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  /** The time for which the answer of a check is true, until the next one. */
  static final Duration VALID = INTERVAL.plusSeconds(20);

  /** The time after which an unanswered check has failed, whatever it waits for. */
  static final Duration TIMEOUT = Duration.ofSeconds(15);

  private record State(Optional<String> problem, Optional<Long> askedSinceNanos) {}

  private final Supplier<Optional<Instant>> ping;
  private final ClockCheck clocks;
  private final LongSupplier nanoClock;
  private volatile State state = new State(Optional.empty(), Optional.empty());
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread asking = new Thread(task, "perille-health");
            asking.setDaemon(true);
            return asking;
          });

  /**
   * Creates a check that isn't started.
   *
   * @param ping throws if the database doesn't answer; returns the time of its clock, if it is
   *     another one than this machine's
   */
  DatabaseCheck(Supplier<Optional<Instant>> ping, ClockCheck clocks, LongSupplier nanoClock) {
    this.ping = ping;
    this.clocks = clocks;
    this.nanoClock = nanoClock;
  }

  DatabaseCheck start() {
    Future<?> unused =
        thread.scheduleWithFixedDelay(
            this::ask, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** Checks once, and blocks meanwhile. */
  void ask() {
    state = new State(state.problem, Optional.of(nanoClock.getAsLong()));
    try {
      Instant before = clocks.now();
      ping.get().ifPresent(time -> clocks.compare(before, time));
      state = new State(Optional.empty(), Optional.empty());
    } catch (RuntimeException | LinkageError e) {
      state = new State(Optional.of(String.valueOf(e.getMessage())), Optional.empty());
    }
  }

  /** Returns the problem of the database, by the last answer. */
  Optional<String> problem() {
    State now = state;
    long waited = now.askedSinceNanos.map(since -> nanoClock.getAsLong() - since).orElse(0L);
    return waited <= TIMEOUT.toNanos()
        ? now.problem
        : Optional.of(
            "the database has not answered for %d s"
                .formatted(TimeUnit.NANOSECONDS.toSeconds(waited)));
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
