package org.perille.internal.hook;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.perille.internal.failure.UserCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs failures of hooks, at most once a minute, so that one that always fails doesn't fill the
 * log.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class FailureLogger {
  private static final Logger LOG = LoggerFactory.getLogger(FailureLogger.class);

  private static final long INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoClock;
  private final AtomicLong next;
  private final AtomicLong unlogged = new AtomicLong();

  FailureLogger() {
    this(System::nanoTime);
  }

  FailureLogger(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.next = new AtomicLong(nanoClock.getAsLong());
  }

  /**
   * Logs a failure, or counts it; returns whether it was logged. Never throws.
   *
   * @param hook the name of the class that has failed
   */
  boolean log(String hook, Throwable failure) {
    long now = nanoClock.getAsLong();
    long due = next.get();
    if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
      unlogged.incrementAndGet();
      return false;
    }
    try {
      LOG.warn(
          "{} has failed ({} failures before it were not logged); messages are not affected: {}",
          hook,
          unlogged.getAndSet(0),
          UserCode.describe(failure),
          UserCode.loggable(failure));
    } catch (Throwable e) {
      // The stack may be too deep for the logger, or the memory full. The message must not fail.
      unlogged.incrementAndGet();
    }
    return true;
  }
}
