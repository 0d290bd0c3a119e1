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
  /**
   * A failed attempt.
   *
   * @param setBackMillis by how much the clock had been set back until then
   */
  private record Failed(long generation, long dueMillis, long setBackMillis) {
    /**
     * Returns the earliest time of the next attempt. The worker may have recorded the failure after
     * the clock was set back, and retries at once what seems to have failed in the future.
     */
    long earliestMillis(ModelClock clock) {
      return dueMillis - (clock.setBackMillis() - setBackMillis);
    }
  }

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
    if (before != null && before.generation == attempt.generation() && !redriven) {
      assertThat(before.earliestMillis(scenario.clock()))
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
              scenario.clock().millis() + shortest.toMillis(),
              scenario.clock().setBackMillis()));
    }
  }
}
