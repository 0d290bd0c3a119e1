package org.perille.testkit;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;

/** The times at which workers have deferred work. An outdated time does no harm. */
final class DueTimes {
  private final ConcurrentSkipListSet<Long> times = new ConcurrentSkipListSet<>();

  void add(long millis) {
    times.add(millis);
  }

  /** Returns the next time after the given one. */
  Optional<Instant> after(Instant now) {
    return Optional.ofNullable(times.higher(now.toEpochMilli())).map(Instant::ofEpochMilli);
  }
}
