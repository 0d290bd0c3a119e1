package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.CursorPolicy;
import org.perille.internal.failure.FailureSnapshot;
import org.perille.internal.failure.FailureState;
import org.perille.internal.handler.ClaimedPartition;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.simulation.Step;
import org.perille.testkit.history.Operation;

/** The recovery of a worker's run, in the order of the real worker: failures, then the cursor. */
final class RunRecovery {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private Optional<Runnable> next = Optional.empty();
  private long knownBelow;
  private long epoch;

  RunRecovery(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  boolean isUnderWay() {
    return next.isPresent();
  }

  /** Returns the end of the messages that were known when the run started. */
  long knownBelow() {
    return knownBelow;
  }

  long epoch() {
    return epoch;
  }

  void beginFailures() {
    next = Optional.of(this::recoverFailures);
  }

  void beginCursor() {
    next = Optional.of(this::recoverCursor);
  }

  void addTo(List<Step> steps) {
    next.ifPresent(
        action -> {
          steps.add(new Step("recovers", 1, action));
          if (!scenario.faults().isHealed()) {
            steps.add(
                new Step("waits for its storage", scenario.setup().pace().recovery(), () -> {}));
          }
        });
  }

  private void recoverFailures() {
    next = Optional.empty();
    FailureSnapshot known = scenario.storage().recoverFailures(workerRun.clock().millis());
    workerRun.failureWriter().recovered(scenario.storage().failureEvents());
    knownBelow =
        FailureState.restore(known).unhandled().stream()
            .mapToLong(offset -> offset + 1)
            .max()
            .orElse(0);
    workerRun.act(new WorkerEvent.FailuresRecovered(known));
  }

  private void recoverCursor() {
    next = Optional.empty();
    if (policy() == CursorPolicy.NEVER) {
      workerRun.act(new WorkerEvent.CursorRecovered(workerRun.number(), Optional.empty()));
    } else if (policy() == CursorPolicy.WITH_EFFECT) {
      claim();
    } else {
      Optional<Cursor> recovered = scenario.storage().recoverCursor();
      long events = scenario.storage().cursorEvents();
      workerRun.cursorWriter().recovered(events);
      scenario.ledger().takenOver();
      workerRun.act(new WorkerEvent.CursorRecovered(events, recovered));
    }
  }

  private CursorPolicy policy() {
    return workerRun.core().policy();
  }

  private void claim() {
    RunTasks tasks = workerRun.tasks();
    ClaimedPartition.claim(
            () -> scenario.effects().claim(workerRun), tasks::addOfClaim, tasks::addLater)
        .whenComplete(
            (claimed, failure) -> {
              if (failure == null) {
                workerRun.effects().claimed(claimed);
                workerRun.inTurn(
                    new WorkerEvent.CursorRecovered(claimed.epoch(), claimed.cursor()));
              } else {
                workerRun.inTurn(new WorkerEvent.Failed(workerRun.storageFailed("the claim")));
              }
            });
  }

  /** Records the end of the recovery. */
  void began(long ownEpoch, Optional<Cursor> recovered) {
    if (policy() == CursorPolicy.NEVER) {
      epoch = workerRun.number();
      return;
    }
    epoch = ownEpoch;
    if (recovered.isEmpty() && scenario.setup().startsLatest()) {
      return;
    }
    Cursor cursor = recovered.orElseGet(() -> Cursor.startingAt(0, 1));
    scenario.history().notePassedOver(cursor.generation());
    List<Long> above = new ArrayList<>();
    for (OffsetSet.Range range : cursor.finished().above()) {
      for (long offset = range.from(); offset < range.to(); offset++) {
        above.add(offset);
      }
    }
    scenario.record(
        at ->
            new Operation.CursorRecovered(
                at,
                scenario.setup().subscription().name(),
                scenario.topic().id().partition(),
                epoch,
                cursor.finished().below(),
                above));
  }
}
