package org.perille.proof.delivery;

import java.util.List;
import org.perille.internal.failure.FailureEvent;
import org.perille.internal.worker.WorkerEvent;

/** A worker's writer of its failures. */
final class FailureWriter extends LogWriter<List<FailureEvent>> {
  private final Simulation scenario;

  FailureWriter(Simulation scenario, ModelWorkerRun workerRun) {
    super(scenario, workerRun, "failures", "the failure log", DeliveryFaults.FAILURE_WRITE);
    this.scenario = scenario;
  }

  @Override
  boolean store(long number, List<FailureEvent> changes) {
    return scenario.storage().addFailures(number, changes);
  }

  @Override
  void noteOutcome(List<FailureEvent> changes, boolean stored, boolean answered) {
    if (stored) {
      scenario.history().noteChanges(changes);
    }
    if (!answered) {
      scenario.mark(stored ? Mark.WRITE_UNKNOWN : Mark.WRITE_REFUSED);
    }
  }

  @Override
  WorkerEvent answer(List<FailureEvent> changes) {
    return WorkerEvent.FailuresStored.INSTANCE;
  }

  @Override
  int weight() {
    return scenario.setup().pace().failures();
  }
}
