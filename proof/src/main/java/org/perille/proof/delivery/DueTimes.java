package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.perille.Nack;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.DeferredMessage;

/**
 * A check that a run's handler isn't called too early.
 *
 * <p>A handler must not be called before the time that the publisher set, nor, after a failed
 * attempt, before the shortest backoff. Setting a clock makes both come earlier. So the latest time
 * counts that the clock has ever shown.
 */
final class DueTimes {
  private record Failed(long generation, long atMillis, long dueMillis) {}

  /**
   * A failure that is further in the future was recorded with a wrong clock, and is due at once.
   */
  private static final long MAX_CLOCK_DIFFERENCE_MILLIS = 60_000;

  private final Simulation scenario;
  private final Map<Long, Failed> failed = new HashMap<>();

  DueTimes(Simulation scenario) {
    this.scenario = scenario;
  }

  /** Checks the time of a handler call. */
  void entered(ModelWorkerRun workerRun, ModelAttempt attempt) {
    long offset = attempt.offset();
    long latest = scenario.clock().highestMillis();
    assertThat(scenario.topic().entries().get((int) offset).message().times().notBefore())
        .as("when %d may be handled at the earliest", offset)
        .isLessThanOrEqualTo(latest);
    Failed before = failed.remove(offset);
    boolean redriven =
        workerRun.core().failures().deferred(offset).map(DeferredMessage::redriven).orElse(false);
    if (before != null
        && before.generation == attempt.generation()
        && before.atMillis <= scenario.clock().millis() + MAX_CLOCK_DIFFERENCE_MILLIS
        && !redriven) {
      assertThat(before.dueMillis)
          .as("when %d may be tried again at the earliest", offset)
          .isLessThanOrEqualTo(latest);
    }
  }

  /**
   * Records a failed attempt, if a backoff follows it.
   *
   * <p>The worker retries each message of a failed transaction at once, alone.
   */
  void failed(ModelAttempt attempt, RuntimeException failure) {
    if (scenario.setup().policy() == CursorPolicy.AFTER
        && !attempt.isAbandoned()
        && !(failure instanceof Nack)) {
      Duration shortest = scenario.setup().subscription().retries().delayAfter(1, 0);
      failed.put(
          attempt.offset(),
          new Failed(
              attempt.generation(),
              scenario.clock().millis(),
              scenario.clock().millis() + shortest.toMillis()));
    }
  }
}
