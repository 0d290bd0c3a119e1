package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.perille.Nack;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.DeferredMessage;

/**
 * A check that a run's handler isn't called too early.
 *
 * <p>A handler must not be called before the time that the publisher set, nor, after a failed
 * attempt, before the shortest backoff. Setting a clock makes both come earlier. So the latest time
 * counts that the clock has shown. A backoff ends at once when the clock is set by days, in either
 * direction.
 */
final class DueTimes {
  /**
   * A failed attempt.
   *
   * @param setBackMillis by how much the clock had been set back until then
   * @param settings how often it had been set by days
   */
  private record Failed(long generation, long dueMillis, long setBackMillis, long settings) {
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
    Optional<DeferredMessage> deferred = workerRun.core().failures().deferred().at(offset);
    checkNotBefore(workerRun, offset, deferred);
    Failed before = failed.remove(offset);
    boolean redriven = deferred.map(DeferredMessage::redriven).orElse(false);
    if (before != null
        && before.generation == attempt.generation()
        && before.settings == workerRun.clock().settings()
        && !redriven) {
      assertThat(before.earliestMillis(scenario.clock()))
          .as("when %d may be tried again at the earliest", offset)
          .isLessThanOrEqualTo(latest);
    }
  }

  /**
   * Checks the time that the publisher has set. The clock of the handling node counts. The clock of
   * any node counts once an attempt has begun: then the message is retried like any other.
   */
  private void checkNotBefore(
      ModelWorkerRun workerRun, long offset, Optional<DeferredMessage> deferred) {
    long notBefore = scenario.topic().entries().get((int) offset).message().times().notBefore();
    if (notBefore == 0) {
      return;
    }
    boolean retried =
        deferred.map(m -> m.attempts() > 0 || m.outcomeUnknown() || m.redriven()).orElse(false);
    int period = scenario.application().madeIn(offset);
    assertThat(notBefore)
        .as("when %d may be handled at the earliest", offset)
        .isLessThanOrEqualTo(
            retried ? scenario.clock().latestSince(period) : workerRun.clock().latestSince(period));
    if (notBefore > scenario.clock().highestMillis()) {
      scenario.mark(Mark.HANDLED_EARLY_BY_CLOCK_AHEAD);
    }
  }

  /**
   * Records a failed attempt, if a backoff follows it.
   *
   * <p>The worker retries each message of a failed transaction at once, alone.
   */
  void failed(ModelWorkerRun workerRun, ModelAttempt attempt, RuntimeException failure) {
    if (scenario.setup().policy() == CursorPolicy.AFTER
        && !attempt.isAbandoned()
        && !(failure instanceof Nack)) {
      Duration shortest = scenario.setup().subscription().retries().delayAfter(1, 0);
      failed.put(
          attempt.offset(),
          new Failed(
              attempt.generation(),
              scenario.clock().millis() + shortest.toMillis(),
              scenario.clock().setBackMillis(),
              workerRun.clock().settings()));
    }
  }
}
