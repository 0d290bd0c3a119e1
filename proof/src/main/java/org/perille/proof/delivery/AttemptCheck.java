package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.Set;
import org.perille.Delivery;
import org.perille.OnExhausted;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.log.LogEntry;

/** A check of each handler call against the guarantees. */
final class AttemptCheck {
  private final Simulation scenario;
  private final Ledger ledger;

  AttemptCheck(Simulation scenario, Ledger ledger) {
    this.scenario = scenario;
    this.ledger = ledger;
  }

  private CursorPolicy policy() {
    return scenario.setup().policy();
  }

  /** Checks that an attempt doesn't overlap or precede another one of its ordering group. */
  void checkTurn(ModelWorkerRun workerRun, ModelAttempt attempt) {
    assertThat(
            workerRun.handler().running().stream()
                .filter(other -> !other.isAbandoned())
                .map(ModelAttempt::group))
        .as("ordering groups that are being handled when %d begins", attempt.offset())
        .doesNotContain(attempt.group());
    if (policy() != CursorPolicy.WITH_EFFECT) {
      ledger
          .known(workerRun.generation())
          .checkOrder(attempt.group(), attempt.offset(), ledger.seen(workerRun).last());
    }
  }

  /**
   * Checks an attempt of the current worker.
   *
   * @param number the number of handler calls for the message, with this one
   */
  void check(ModelWorkerRun workerRun, Delivery<String> delivery, int number) {
    GenerationFacts known = ledger.known(workerRun.generation());
    assertThat(known.discarded()).as("discarded for ever").doesNotContain(delivery.offset());
    if (scenario.setup().keepsAttempts()) {
      assertThat(StateCheck.isReported(workerRun, delivery.offset()))
          .as("%d counts as durably handled while it is being handled", delivery.offset())
          .isFalse();
      checkNumber(known, delivery, number);
      if (scenario.setup().subscription().ordered()) {
        checkBehind(workerRun, known, delivery);
      }
    }
    checkDurable(workerRun, known, delivery);
  }

  private void checkNumber(GenerationFacts known, Delivery<String> delivery, int number) {
    long offset = delivery.offset();
    assertThat(known.told()).as("said to be finished for ever").doesNotContain(offset);
    assertThat(delivery.redelivered() || number == 1)
        .as("%d was attempted before, and isn't redelivered", offset)
        .isTrue();
    Optional<Integer> before = known.noteAttempt(offset, delivery.attempt());
    // The worker forgets an expired message that it skipped. Where a clock is behind, it starts
    // with the first attempt again.
    assertThat(
            before.map(attempt -> attempt <= delivery.attempt()).orElse(true)
                || ledger.mayBeSkipped(scenario.topic().entries().get((int) offset)))
        .as("attempt %d at %d comes after attempt %s", delivery.attempt(), offset, before.orElse(0))
        .isTrue();
    // Three runs may stop before attempts count. They are the run of a healthy worker, of one that
    // restarts, and of one that tries a few messages at a time. In each a transaction may be tried
    // as a whole, message by message, and once more alone.
    int uncounted = policy() == CursorPolicy.WITH_EFFECT ? 9 : 3;
    assertThat(known.countEntry(offset))
        .as("attempts at %d", offset)
        .isLessThanOrEqualTo(scenario.setup().maxAttempts() + uncounted);
  }

  /** Checks that nothing is handled before the messages that its key has to wait for. */
  private void checkBehind(
      ModelWorkerRun workerRun, GenerationFacts known, Delivery<String> delivery) {
    long start = workerRun.core().cursor().orElseThrow().generation().start();
    Set<Long> durablyDiscarded = scenario.operator().discarded(workerRun.generation());
    for (LogEntry entry : scenario.topic().entries()) {
      long offset = entry.offset();
      if (offset >= delivery.offset()) {
        return;
      }
      if (offset >= start && entry.message().key().equals(delivery.key())) {
        boolean over =
            known.handled().contains(offset)
                || workerRun.handler().uncommitted().contains(offset)
                || durablyDiscarded.contains(offset)
                || known.letter(offset).filter(OnExhausted.CONTINUE::equals).isPresent()
                || ledger.mayBeSkipped(entry);
        assertThat(over)
            .as("%d is handled, and %d of the same key isn't over", delivery.offset(), offset)
            .isTrue();
      }
    }
  }

  /** Checks that the state a handler relies on is durable, and so holds for a successor, too. */
  private void checkDurable(
      ModelWorkerRun workerRun, GenerationFacts known, Delivery<String> delivery) {
    if (policy() != CursorPolicy.NEVER) {
      assertThat(scenario.effects().cursor().isPresent() || scenario.storage().hasBegun())
          .as("its beginning is durable")
          .isTrue();
    }
    if (workerRun.core().isDiscarding()) {
      String group = ledger.group(delivery.offset());
      assertThat(ledger.durableLetters(workerRun.generation()))
          .as("letters that park the key of %d, and may come back", delivery.offset())
          .noneMatch(
              letter ->
                  letter < delivery.offset()
                      && known.letter(letter).filter(OnExhausted.PARK_KEY::equals).isPresent()
                      && ledger.group(letter).equals(group));
    }
  }
}
