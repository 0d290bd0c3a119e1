package org.perille.proof.delivery;

import java.util.Random;
import org.perille.proof.database.DatabaseFault;
import org.perille.proof.simulation.FaultKind;
import org.perille.proof.simulation.RunRecorder;
import org.perille.testkit.history.Phase;

/** Decides which writes and database calls fail, and records all faults in the history. */
final class FaultInjector {
  /** The possible numbers of writes per fault. A fault prevents the write, or loses its answer. */
  private static final int[] WRITES_PER_FAULT = {60, 60, 15};

  /** The number of other database calls per commit. Each of them fails that much less often. */
  private static final int CALLS_PER_WRITE = 4;

  private final Simulation scenario;
  private final Random random;
  private final RunRecorder recorder;
  private final int writesPerFault;
  private boolean healed;

  FaultInjector(Simulation scenario, RunRecorder recorder) {
    this.scenario = scenario;
    this.random = scenario.random();
    this.recorder = recorder;
    this.writesPerFault = WRITES_PER_FAULT[random.nextInt(WRITES_PER_FAULT.length)];
  }

  /** Ends all faults. */
  void heal() {
    healed = true;
  }

  /** Returns whether faults no longer happen. */
  boolean isHealed() {
    return healed;
  }

  /** Returns the outcome of the next write or read. */
  ModelFault ofWrite() {
    return healed || random.nextInt(writesPerFault) > 0
        ? ModelFault.NONE
        : random.nextBoolean() ? ModelFault.BEFORE : ModelFault.AFTER;
  }

  /** Returns whether a database call of a process fails now. */
  boolean databaseFails(DatabaseFault fault) {
    int calls = fault.isOfCommit() ? 1 : CALLS_PER_WRITE;
    return !healed && random.nextInt(calls * writesPerFault) == 0;
  }

  /** Records a fault and the phase that it hits. */
  void note(FaultKind kind, Phase phase) {
    recorder.fault(kind, phase);
  }

  /** Records the fault of a write, if it had one. */
  void note(FaultKind kind, ModelFault fault, boolean stored) {
    if (fault == ModelFault.AFTER && stored) {
      note(kind, Phase.AFTER_WRITE);
    } else if (fault == ModelFault.BEFORE) {
      note(kind, Phase.BEFORE_WRITE);
    }
  }

  /** Records a fault of a worker's database. */
  void noteOfWorker(DatabaseFault fault, ModelWorkerRun workerRun) {
    scenario.tell(workerRun, "meets", fault);
    note(StorageFaults.of(fault), StorageFaults.phase(fault, workerRun));
  }

  /** Records a fault of a journal's database. */
  void noteOfJournal(DatabaseFault fault) {
    scenario.tell("the journal meets", fault);
    note(
        StorageFaults.ofJournal(fault),
        fault == DatabaseFault.COMMIT_UNANSWERED ? Phase.AFTER_WRITE : Phase.BEFORE_WRITE);
  }
}
