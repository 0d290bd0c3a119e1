package org.perille.proof.delivery;

import java.util.List;
import java.util.Optional;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.Step;

/**
 * A worker's writer of one of its logs.
 *
 * <p>A write takes one step, and its answer another one. Until then the worker doesn't know that
 * the write is stored.
 *
 * @param <W> the type of what is written
 */
abstract class LogWriter<W> {
  private record Write<W>(W what, long sequenceNumber, boolean stored) {}

  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final String name;
  private final String log;
  private final FaultKind fault;
  private Optional<Write<W>> underWay = Optional.empty();
  private long sequenceNumber;

  /**
   * Creates a writer.
   *
   * @param name the name of what is written, in the log for readers
   * @param log the name of the log in errors
   */
  LogWriter(
      Simulation scenario, ModelWorkerRun workerRun, String name, String log, FaultKind fault) {
    this.scenario = scenario;
    this.workerRun = workerRun;
    this.name = name;
    this.log = log;
    this.fault = fault;
  }

  /** Stores a write unless another writer has taken over. */
  abstract boolean store(long number, W what);

  /** Records the outcome of a write. */
  abstract void noteOutcome(W what, boolean stored, boolean answered);

  /** Returns the event by which the worker learns that a write is stored. */
  abstract WorkerEvent answer(W what);

  /** Returns the frequency of the steps. */
  abstract int weight();

  /** Sets the number of events in the log when the worker recovered from it. */
  void recovered(long events) {
    sequenceNumber = events;
  }

  void begin(W what) {
    underWay = Optional.of(new Write<>(what, sequenceNumber, false));
  }

  /** Drops the write under way, if there is one. */
  void drop() {
    underWay = Optional.empty();
  }

  boolean isIdle() {
    return underWay.isEmpty();
  }

  /** Returns whether a write is stored, but isn't answered yet. */
  boolean hasStored() {
    return underWay.filter(Write::stored).isPresent();
  }

  void addTo(List<Step> steps) {
    underWay.ifPresent(
        write ->
            steps.add(
                write.stored
                    ? new Step(name + " answered", weight(), () -> answer(write))
                    : new Step(name + " written", weight(), () -> store(write))));
  }

  private void answer(Write<W> write) {
    underWay = Optional.empty();
    sequenceNumber++;
    workerRun.act(answer(write.what));
  }

  private void store(Write<W> write) {
    underWay = Optional.empty();
    ModelFault outcome = scenario.faults().ofWrite();
    boolean stored = outcome.stores() && store(write.sequenceNumber, write.what);
    boolean answered = stored && outcome == ModelFault.NONE;
    scenario.tell(workerRun, stored ? "stored" : "did not store", write.what);
    scenario.faults().note(fault, outcome, stored);
    noteOutcome(write.what, stored, answered);
    if (answered) {
      underWay = Optional.of(new Write<>(write.what, write.sequenceNumber, true));
    } else {
      workerRun.act(new WorkerEvent.Failed(workerRun.storageFailed(log)));
    }
  }
}
