package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.perille.Nack;
import org.perille.internal.failure.Held;

/**
 * Compares when a life's handler is called with when it may be: never before the time that the
 * publisher gave, nor, after a failed attempt, before the shortest backoff. A clock that is set
 * makes both come earlier, so that the latest time counts that it has ever shown.
 */
final class DueTimes {
  private record Failed(long generation, long dueMillis) {}

  private final Simulation story;
  private final Map<Long, Failed> failed = new HashMap<>();

  DueTimes(Simulation story) {
    this.story = story;
  }

  /** A handler is called. */
  void entered(ModelLife life, ModelAttempt attempt) {
    long offset = attempt.offset();
    long latest = story.clock().highestMillis();
    assertThat(story.topic().entries().get((int) offset).message().times().notBefore())
        .as("when %d may be handled at the earliest", offset)
        .isLessThanOrEqualTo(latest);
    Failed before = failed.remove(offset);
    boolean redriven = life.core().failures().held(offset).map(Held::redriven).orElse(false);
    if (before != null && before.generation == attempt.generation() && !redriven) {
      assertThat(before.dueMillis)
          .as("when %d may be tried again at the earliest", offset)
          .isLessThanOrEqualTo(latest);
    }
  }

  /** An attempt has failed. Of a transaction's messages each is tried once more at once, alone. */
  void failed(ModelAttempt attempt, RuntimeException failure) {
    if (story.setup().policy() == CursorPolicy.AFTER
        && !attempt.isAbandoned()
        && !(failure instanceof Nack)) {
      Duration shortest = story.setup().subscription().retries().delayAfter(1, 0);
      failed.put(
          attempt.offset(),
          new Failed(attempt.generation(), story.clock().millis() + shortest.toMillis()));
    }
  }
}
