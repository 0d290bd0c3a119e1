package org.perille.testkit;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * When workers have something to do again, as they have said; what isn't so any more does no harm.
 */
final class DueTimes {
  private final ConcurrentSkipListSet<Long> times = new ConcurrentSkipListSet<>();

  void add(long millis) {
    times.add(millis);
  }

  /** The next one that is still to come. */
  Optional<Instant> after(Instant now) {
    return Optional.ofNullable(times.higher(now.toEpochMilli())).map(Instant::ofEpochMilli);
  }
}
