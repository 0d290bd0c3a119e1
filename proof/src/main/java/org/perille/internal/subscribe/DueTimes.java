package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.perille.Nack;
import org.perille.internal.failure.DeferredMessage;

/**
 * Compares when a run's handler is called with when it may be: never before the time that the
 * publisher gave, nor, after a failed attempt, before the shortest backoff. A clock that is set
 * makes both come earlier, so that the latest time counts that it has ever shown.
 */
final class DueTimes {
  private record Failed(long generation, long dueMillis) {}

  private final Simulation scenario;
  private final Map<Long, Failed> failed = new HashMap<>();

  DueTimes(Simulation scenario) {
    this.scenario = scenario;
  }

  /** A handler is called. */
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
      assertThat(before.dueMillis)
          .as("when %d may be tried again at the earliest", offset)
          .isLessThanOrEqualTo(latest);
    }
  }

  /** An attempt has failed. Of a transaction's messages each is tried once more at once, alone. */
  void failed(ModelAttempt attempt, RuntimeException failure) {
    if (scenario.setup().policy() == CursorPolicy.AFTER
        && !attempt.isAbandoned()
        && !(failure instanceof Nack)) {
      Duration shortest = scenario.setup().subscription().retries().delayAfter(1, 0);
      failed.put(
          attempt.offset(),
          new Failed(attempt.generation(), scenario.clock().millis() + shortest.toMillis()));
    }
  }
}
