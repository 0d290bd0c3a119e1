package org.perille.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/** Advances the clock until a condition is true. */
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
   * Advances the clock until a condition is true.
   *
   * @param what the thing to be settled, for the message
   * @return the advance
   * @throws AssertionError if the limit isn't enough, or nothing happens for too long
   */
  Duration until(
      Predicate<List<Progress>> condition, String what, Duration atMost, Polling polling) {
    Instant begin = clock.instant();
    FastForward forward = new FastForward(clock, dueTimes, begin.plus(atMost));
    polling.await(
        () -> {
          List<Progress> progress = subscriptions.progress();
          // The second look shows what handlers published to a subscription that was read before.
          if (condition.test(progress) && subscriptions.progress().equals(progress)) {
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
