package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import org.perille.DeadLetter;
import org.perille.internal.failure.DeadLetterRecord;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.failure.FailureState;
import org.perille.internal.settings.WorkerSettings;

/** A check of a worker's state after each of its steps. */
final class StateCheck {
  private final Simulation scenario;

  StateCheck(Simulation scenario) {
    this.scenario = scenario;
  }

  /**
   * Checks the state of the current worker.
   *
   * @param known the facts of the worker's generation
   * @param redriven the number of dead letters that were redriven
   */
  void check(ModelWorkerRun workerRun, GenerationFacts known, int redriven) {
    FailureState failures = workerRun.core().failures();
    if (failures.generation() == workerRun.generation()) {
      failures.letters().values().forEach(letter -> noteLetter(letter, known));
    }
    if (scenario.setup().keepsAttempts()) {
      checkDurablyHandled(workerRun, failures);
    }
    checkRoom(workerRun, failures, redriven);
  }

  private void noteLetter(DeadLetterRecord letter, GenerationFacts known) {
    FailureEvent.GivenUp givenUp = letter.givenUp();
    if (known.noteLetter(letter.offset(), givenUp.consequence())) {
      switch (givenUp.consequence()) {
        case PARK_KEY -> scenario.mark(Mark.PARKED);
        case STOP_PARTITION -> scenario.mark(Mark.PARTITION_STOPPED);
        case CONTINUE -> {}
      }
      if (givenUp.reason() == DeadLetter.Reason.EXPIRED) {
        scenario.mark(Mark.EXPIRED);
      }
      if (givenUp.reason() == DeadLetter.Reason.ATTEMPTS_EXHAUSTED) {
        scenario.mark(
            givenUp.cause().failure() == DeadLetter.Failure.CRASH
                ? Mark.GIVEN_UP_AFTER_CRASHES
                : Mark.ATTEMPTS_EXHAUSTED);
      }
    }
  }

  private static void checkDurablyHandled(ModelWorkerRun workerRun, FailureState failures) {
    for (Collection<DeferredMessage> messages : failures.deferred().byGroup().values()) {
      for (DeferredMessage message : messages) {
        if (message.begun() || message.outcomeUnknown()) {
          assertThat(isReported(workerRun, message.offset()))
              .as("%s counts as durably handled", message)
              .isFalse();
        }
      }
    }
    workerRun.handler().running().stream()
        .filter(attempt -> !attempt.isAbandoned())
        .forEach(
            attempt ->
                assertThat(isReported(workerRun, attempt.offset()))
                    .as("%d counts as durably handled while it is handled", attempt.offset())
                    .isFalse());
  }

  /**
   * Returns whether nothing more is published for a message that an earlier generation didn't
   * handle.
   */
  static boolean isReported(ModelWorkerRun workerRun, long offset) {
    // The durable generation counts, also while the next one is being stored.
    return workerRun.core().durablyHandled().contains(offset)
        && workerRun
            .core()
            .durableCursor()
            .map(durable -> !durable.generation().suppressed().contains(offset))
            .orElse(true);
  }

  /**
   * Checks the limit of deferred messages. Messages that were known when the run started are
   * exempt, as the worker must handle them first.
   */
  private void checkRoom(ModelWorkerRun workerRun, FailureState failures, int redriven) {
    WorkerSettings settings = scenario.setup().settings();
    int most =
        settings.maxDeferredMessages()
            + settings.maxInFlightMessages()
            + 2 * scenario.setup().maxBatch()
            + redriven;
    if (failures.deferred().size() > most) {
      assertThat(
              failures.deferred().byGroup().values().stream()
                  .flatMap(Collection::stream)
                  .filter(deferred -> deferred.offset() >= workerRun.recovery().knownBelow()))
          .as("messages deferred")
          .hasSizeLessThanOrEqualTo(most);
    }
  }
}
