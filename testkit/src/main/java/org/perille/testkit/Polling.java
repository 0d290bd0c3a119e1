package org.perille.testkit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The time-out of a test, and its polling of conditions. */
final class Polling {
  /** The polling interval: about the duration of a check of everything. */
  private static final long POLL_MILLIS = 3;

  private final Duration timeout;

  Polling(Duration timeout) {
    this.timeout = timeout;
  }

  /**
   * Waits for a condition.
   *
   * @param explanation the message of the error
   * @throws AssertionError if the condition isn't true in time
   */
  void await(BooleanSupplier condition, Supplier<String> explanation) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > timeout.toNanos()) {
        throw new AssertionError(
            explanation.get() + "%n(waited for %s)".formatted(readable(timeout)));
      }
      pause();
    }
  }

  /** Waits for one polling interval. */
  static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a test was waiting", e);
    }
  }

  static String readable(Duration time) {
    return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
  }
}
