package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.worker.WorkerEnd;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.simulation.Choices;

/** The runs of the worker. The last one is the current one, and others may continue. */
final class WorkerRuns {
  /** The possible numbers of turns per turn of any run. All other turns are the current run's. */
  private static final int[] TURNS_PER_OTHER = {5, 5, 2};

  private final Simulation scenario;
  private final Choices random;
  private final int turnsPerOther;
  private final List<ModelWorkerRun> runs = new ArrayList<>();
  private int begun;

  WorkerRuns(Simulation scenario) {
    this.scenario = scenario;
    this.random = scenario.random();
    this.turnsPerOther = TURNS_PER_OTHER[random.nextInt(TURNS_PER_OTHER.length)];
  }

  ModelWorkerRun current() {
    return runs.get(runs.size() - 1);
  }

  boolean isCurrent(ModelWorkerRun workerRun) {
    return workerRun == current() && !workerRun.isOver();
  }

  /** Starts a new run. The one before may continue. */
  void start() {
    Optional<NodeClock> before = runs.isEmpty() ? Optional.empty() : Optional.of(current().clock());
    runs.removeIf(ModelWorkerRun::isGone);
    runs.add(new ModelWorkerRun(scenario, ++begun));
    if (before.filter(c -> c.wrongByMillis() != current().clock().wrongByMillis()).isPresent()) {
      scenario.mark(Mark.SUCCESSOR_HAS_OTHER_CLOCK);
    }
    scenario.tell(current(), "begins");
    scenario.operator().askAgain();
  }

  void ensureAlive() {
    if (current().isOver()) {
      start();
    }
  }

  /**
   * Lets a run act: mostly the current one.
   *
   * @return false if it has nothing to do
   */
  boolean step() {
    return (random.nextInt(turnsPerOther) == 0 ? random.any(runs) : current()).step();
  }

  /** Starts a successor while the current worker continues. */
  void replace() {
    if (!current().isOver()) {
      scenario.mark(Mark.LIVED_ON);
      scenario.faults().note(DeliveryFaults.REPLACED_WORKER_CONTINUES, current().phase());
      start();
    }
  }

  void crashAny() {
    crash(random.any(runs));
  }

  void crash(ModelWorkerRun workerRun) {
    if (!workerRun.isDead()) {
      scenario.mark(Mark.CRASHED);
      scenario.faults().note(DeliveryFaults.WORKER_CRASHES, workerRun.phase());
      scenario.tell(workerRun, "crashes");
      workerRun.crash();
    }
  }

  void stopCurrent() {
    ModelWorkerRun workerRun = current();
    scenario.tell(workerRun, "is to stop");
    workerRun.inTurn(WorkerEvent.StopRequested.INSTANCE);
  }

  void missDeadlinesOfAny() {
    random.any(runs).missDeadlines();
  }

  /** Records the end of a run. */
  void ended(ModelWorkerRun workerRun, WorkerEnd end) {
    if (end instanceof WorkerEnd.Stopped) {
      scenario.mark(Mark.STOPPED);
    } else if (end instanceof WorkerEnd.WasReset) {
      scenario.mark(Mark.RESET);
    }
    if (!(end instanceof WorkerEnd.Failed) && !workerRun.hasFailed()) {
      scenario.ledger().endedInOrder(workerRun);
    }
  }
}
