package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.subscribe.DecidingWorker.subscription;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.internal.failure.Change;
import org.perille.internal.failure.Failures;
import org.perille.internal.failure.Held;

class PredecessorRecoveryTest {
  /** Attempts at these had begun when the predecessor ended. */
  private static Failures begun(long... offsets) {
    Failures failures = new Failures();
    for (long offset : offsets) {
      failures.apply(new Change.PutAside(new Change.Place("key", offset, 1), 0, false));
      failures.apply(new Change.Begun("key", List.of(offset)));
    }
    return failures;
  }

  @Test
  void an_attempt_that_may_have_been_interrupted_is_made_again() {
    DecidingWorker worker =
        new DecidingWorker(subscription().atLeastOnce(delivery -> {}), begun(3));
    Held message = worker.failures().held(3).orElseThrow();
    assertThat(message.begun()).isFalse();
    assertThat(message.unclear()).isTrue();
  }

  @Test
  void at_most_once_an_attempt_that_may_have_been_interrupted_is_not_made_again_and_is_noted() {
    DecidingWorker worker = new DecidingWorker(subscription().atMostOnce(delivery -> {}), begun(3));
    assertThat(worker.failures().held(3)).isEmpty();
    assertThat(worker.actions()).contains(new WorkerAction.Note(new WorkerNote.MaybeLost(3)));
  }

  @Test
  void what_a_new_generation_does_not_know_is_forgotten() {
    Failures failures = begun(3);
    failures.apply(new Change.GenerationBegun(2, 0));
    assertThat(failures.held(3)).isEmpty();
    DecidingWorker worker =
        new DecidingWorker(subscription().atLeastOnce(delivery -> {}), failures);
    assertThat(worker.failures().generation()).isEqualTo(2);
  }

  @Test
  void the_cursor_passes_what_is_known_of_failures_when_the_worker_is_sure_of_its_log() {
    DecidingWorker worker =
        new DecidingWorker(subscription().atLeastOnce(delivery -> {}), begun(3));
    assertThat(worker.hasPassed(3)).isTrue();
  }
}
