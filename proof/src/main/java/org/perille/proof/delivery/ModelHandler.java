package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.Delivery;
import org.perille.proof.delivery.HandlerBehavior.KilledError;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Outcome;

/** The application's handler in one process. Other steps happen during each call. */
final class ModelHandler {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final List<ModelAttempt> running = new ArrayList<>();
  private final List<Long> uncommitted = new ArrayList<>();
  private final List<ModelAttempt> later = new ArrayList<>();
  private final DueTimes due;

  private int abandonments;

  ModelHandler(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
    this.due = new DueTimes(scenario);
  }

  boolean isIdle() {
    return running.isEmpty();
  }

  /** Returns the messages handled in transactions that aren't committed yet. */
  List<Long> uncommitted() {
    return uncommitted;
  }

  List<ModelAttempt> running() {
    return running;
  }

  private ModelAttempt begin(Delivery<String> delivery, boolean abandoned) {
    if (workerRun.isDead()) {
      throw new KilledError();
    }
    try {
      ModelAttempt attempt = scenario.ledger().enter(workerRun, delivery, abandoned);
      if (!abandoned) {
        due.entered(workerRun, attempt);
        scenario.waits().entered(workerRun, attempt.offset());
        entered(attempt);
      }
      running.add(attempt);
      return attempt;
    } catch (AssertionError e) {
      // The code under test would take it for a failure of the handler.
      scenario.violated(e);
      throw new KilledError();
    }
  }

  /** Handles a message while the caller waits. */
  void handle(Delivery<String> delivery) {
    handle(delivery, false);
  }

  /**
   * Handles a message of several.
   *
   * @param abandoned whether the worker abandoned those meanwhile; the caller can't learn of that
   */
  void handle(Delivery<String> delivery, boolean abandoned) {
    ModelAttempt attempt = begin(delivery, abandoned);
    scenario.meanwhile();
    end(attempt);
  }

  /** Handles a message asynchronously. */
  CompletionStage<Void> handleLater(Delivery<String> delivery) {
    ModelAttempt attempt = begin(delivery, false);
    later.add(attempt);
    if (scenario.random().nextInt(3) == 0) {
      endLater(attempt);
    }
    return attempt.result();
  }

  boolean hasLater() {
    return !later.isEmpty();
  }

  void endAny() {
    endLater(later.get(scenario.random().nextInt(later.size())));
  }

  private void endLater(ModelAttempt attempt) {
    later.remove(attempt);
    try {
      end(attempt);
      attempt.result().complete(null);
    } catch (RuntimeException e) {
      attempt.result().completeExceptionally(e);
    } catch (KilledError e) {
      // The process is gone, and so is the recipient of the outcome.
      later.clear();
    }
  }

  private void end(ModelAttempt attempt) {
    running.remove(attempt);
    if (workerRun.isDead()) {
      throw new KilledError();
    }
    HandlerBehavior behavior = scenario.application().behavior(attempt.offset());
    if (behavior.kills(attempt.number())) {
      scenario.mark(Mark.KILLED);
      scenario.workers().crash(workerRun);
      throw new KilledError();
    }
    try {
      behavior.handle(attempt.number());
    } catch (RuntimeException e) {
      left(attempt, Outcome.FAILED);
      if (e instanceof HandlerBehavior.UntestableException) {
        scenario.mark(Mark.PREDICATE_FAILED);
      }
      due.failed(workerRun, attempt, e);
      throw e;
    }
    // An abandoned attempt may return, but its caller no longer waits.
    left(attempt, attempt.isAbandoned() ? Outcome.UNKNOWN : Outcome.OK);
    scenario.ledger().succeeded(attempt);
  }

  private void entered(ModelAttempt attempt) {
    Delivery<String> delivery = attempt.delivery();
    scenario.history().noteSkipped(delivery.key(), delivery.offset());
    scenario.record(
        at ->
            new Operation.HandlerEntered(
                at,
                attempt.call(),
                delivery.subscription(),
                workerRun.toString(),
                workerRun.recovery().epoch(),
                delivery.topic(),
                delivery.partition(),
                delivery.offset(),
                delivery.key(),
                delivery.payload(),
                delivery.attempt(),
                delivery.redelivered()));
  }

  private void left(ModelAttempt attempt, Outcome outcome) {
    // No caller waits for an attempt that began after its transaction was abandoned.
    if (attempt.isListened()) {
      scenario.record(at -> new Operation.HandlerLeft(at, attempt.call(), outcome));
    }
  }

  /** Returns how often running handlers were abandoned. */
  int abandonments() {
    return abandonments;
  }

  /** Abandons all running handlers, as at their deadline. */
  void abandon() {
    if (!running.isEmpty()) {
      scenario.mark(Mark.ABANDONED);
    }
    abandonments++;
    running.forEach(ModelAttempt::abandon);
  }
}
