package org.perille.internal.worker;

import java.time.Duration;
import org.perille.internal.Pure;

/**
 * The times at which a worker repeats its last report to the partition.
 *
 * <p>A report can be lost, so it is repeated unchanged. The first repetitions come soon, and later
 * ones rarely, so that many workers with nothing to do cost little.
 */
@Pure
final class RepeatedReports {
  /** The time until the first repetition. */
  static final Duration SOONEST = Duration.ofSeconds(5);

  /** The limit of the time between two repetitions. */
  static final Duration LATEST = Duration.ofSeconds(80);

  private Duration next = SOONEST;

  /** Returns the time until the first repetition of a new report. */
  Duration reported() {
    next = SOONEST;
    return next;
  }

  /**
   * Returns the time until the next repetition of a report.
   *
   * @param idle false if handlers are running or waiting; what holds them up may change at any time
   */
  Duration repeated(boolean idle) {
    Duration twice = next.multipliedBy(2);
    next = !idle ? SOONEST : twice.compareTo(LATEST) < 0 ? twice : LATEST;
    return next;
  }
}
