package org.perille.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Moves a clock on to where something becomes due, whenever nothing happens by itself. */
final class FastForward {
  /** So long must nothing have happened: what is under way comes first. */
  private static final Duration QUIET = Duration.ofMillis(30);

  /** So far where nobody says when something becomes due, such as a deadline. */
  private static final Duration SHORTEST_STEP = Duration.ofSeconds(1);

  /** A step is this part of what has passed in steps: how much too late something may come. */
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
   * Moves it on if nothing has happened for a moment.
   *
   * @return false if there is no time left
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

  /** A handler that runs can only be waited for, unless it hangs, and misses its deadline. */
  private static boolean waits(Progress progress) {
    return progress.isSettled() || progress.waitsForTime() || progress.isRunning();
  }

  private Instant next(List<Progress> progress, Instant now) {
    Optional<Instant> due = dueTimes.after(now);
    if (due.isPresent() && progress.stream().noneMatch(Progress::isRunning)) {
      // A millisecond that has begun is not over.
      return due.get().plusMillis(1);
    }
    Duration share = stepped.dividedBy(PART);
    Duration step = share.compareTo(SHORTEST_STEP) < 0 ? SHORTEST_STEP : share;
    stepped = stepped.plus(step);
    Instant wanted = now.plus(step);
    return due.filter(wanted::isAfter).orElse(wanted);
  }
}
