package org.perille.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/** Lets as much time pass as something takes. */
final class TimeTravel {
  private final TestClock clock;
  private final DueTimes dueTimes;
  private final Subscriptions subscriptions;

  TimeTravel(TestClock clock, DueTimes dueTimes, Subscriptions subscriptions) {
    this.clock = clock;
    this.dueTimes = dueTimes;
    this.subscriptions = subscriptions;
  }

  /**
   * Moves the clock on until something is so.
   *
   * @param what has to be settled, for the message
   * @return how much time has passed
   * @throws AssertionError if the time isn't enough, or nothing happens for too long
   */
  Duration until(
      Predicate<List<Progress>> condition, String what, Duration atMost, Patience patience) {
    Instant begin = clock.instant();
    FastForward forward = new FastForward(clock, dueTimes, begin.plus(atMost));
    patience.await(
        () -> {
          List<Progress> progress = subscriptions.progress();
          if (condition.test(progress)) {
            return true;
          }
          if (!forward.step(progress)) {
            throw new AssertionError(
                "%s passed, and %s is not settled.%n%s"
                    .formatted(atMost, what, subscriptions.describe()));
          }
          return false;
        },
        () -> "%s is not settled.%n%s".formatted(what, subscriptions.describe()));
    return Duration.between(begin, clock.instant());
  }
}
