package org.perille.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Advances a clock to the next due time, whenever nothing happens without that. */
final class FastForward {
  /** The time without any progress after which the clock is advanced. */
  private static final Duration QUIET = Duration.ofMillis(30);

  /** The shortest step when no due time is known, as for a deadline. */
  private static final Duration SHORTEST_STEP = Duration.ofSeconds(1);

  /**
   * The inverse of a step's size, relative to the sum of earlier steps. Bounds the delay of an
   * event.
   */
  private static final int PART = 4;

  private final TestClock clock;
  private final DueTimes dueTimes;
  private final Instant end;
  private List<Progress> last = List.of();
  private long quietSinceNanos = System.nanoTime();
  private Duration stepped = Duration.ZERO;

  FastForward(TestClock clock, DueTimes dueTimes, Instant end) {
    this.clock = clock;
    this.dueTimes = dueTimes;
    this.end = end;
  }

  /**
   * Advances the clock if nothing has happened for a moment.
   *
   * @return false if no time is left
   */
  boolean step(List<Progress> progress) {
    if (!progress.equals(last) || !progress.stream().allMatch(FastForward::waits)) {
      last = progress;
      quietSinceNanos = System.nanoTime();
      return true;
    }
    if (System.nanoTime() - quietSinceNanos < QUIET.toNanos()) {
      return true;
    }
    quietSinceNanos = System.nanoTime();
    Instant now = clock.instant();
    Instant next = next(progress, now);
    clock.advance(Duration.between(now, next.isBefore(end) ? next : end));
    return now.isBefore(end);
  }

  /**
   * Returns whether time can help. A running handler ends by itself, unless it hangs and misses its
   * deadline.
   */
  private static boolean waits(Progress progress) {
    return progress.isSettled() || progress.waitsForTime() || progress.isRunning();
  }

  private Instant next(List<Progress> progress, Instant now) {
    Optional<Instant> due = dueTimes.after(now);
    if (due.isPresent() && progress.stream().noneMatch(Progress::isRunning)) {
      // Plus one, because the current millisecond isn't over.
      return due.get().plusMillis(1);
    }
    Duration share = stepped.dividedBy(PART);
    Duration step = share.compareTo(SHORTEST_STEP) < 0 ? SHORTEST_STEP : share;
    stepped = stepped.plus(step);
    Instant wanted = now.plus(step);
    return due.filter(wanted::isAfter).orElse(wanted);
  }
}
