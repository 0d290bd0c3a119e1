package org.perille.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.perille.internal.worker.DecidingWorker.subscription;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;

class PredecessorRecoveryTest {
  /** Returns the state of a predecessor that ended during attempts at these offsets. */
  private static FailureState begun(long... offsets) {
    FailureState failures = new FailureState();
    for (long offset : offsets) {
      failures.apply(
          new FailureEvent.Deferred(new FailureEvent.Position("key", offset, 1), 0, false));
      failures.apply(new FailureEvent.Begun("key", List.of(offset)));
    }
    return failures;
  }

  @Test
  void an_attempt_that_may_have_been_interrupted_is_made_again() {
    DecidingWorker worker =
        new DecidingWorker(subscription().atLeastOnce(delivery -> {}), begun(3));
    DeferredMessage message = worker.failures().deferred().at(3).orElseThrow();
    assertThat(message.begun()).isFalse();
    assertThat(message.outcomeUnknown()).isTrue();
  }

  @Test
  void at_most_once_an_attempt_that_may_have_been_interrupted_is_not_made_again_and_is_noted() {
    DecidingWorker worker = new DecidingWorker(subscription().atMostOnce(delivery -> {}), begun(3));
    assertThat(worker.failures().deferred().at(3)).isEmpty();
    assertThat(worker.actions()).contains(new WorkerAction.Note(new WorkerNote.MaybeLost(3)));
  }

  @Test
  void what_a_new_generation_does_not_know_is_forgotten() {
    FailureState failures = begun(3);
    failures.apply(new FailureEvent.GenerationBegun(2, 0));
    assertThat(failures.deferred().at(3)).isEmpty();
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
