package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.Step;

/** The tasks of a worker's run that wait for a thread. They are run in any order. */
final class RunTasks {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final List<Runnable> tasks = new ArrayList<>();

  /** The changes of the cursor beside effects. They may have to wait for transactions to end. */
  private final List<Runnable> ofClaim = new ArrayList<>();

  /** The tasks that retry transactions after a second. */
  private final List<Runnable> later = new ArrayList<>();

  /** True while a thread of this run moves the cursor. Other threads would wait for that. */
  private boolean held;

  RunTasks(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  void add(Runnable task) {
    tasks.add(task);
  }

  void addOfClaim(Runnable task) {
    ofClaim.add(task);
  }

  void addLater(Runnable task) {
    later.add(task);
  }

  boolean isEmpty() {
    return tasks.isEmpty() && ofClaim.isEmpty() && later.isEmpty();
  }

  /** Returns the number of handler calls and transactions that wait for a thread. */
  int size() {
    return tasks.size();
  }

  /**
   * Lets others act while a thread of this run waits.
   *
   * @param locked whether other threads of the run would have to wait for this one
   */
  void hold(boolean locked, Runnable meanwhile) {
    boolean before = held;
    held = before || locked;
    meanwhile.run();
    held = before;
  }

  void addTo(List<Step> steps) {
    int threads = scenario.setup().pace().threads();
    if (!tasks.isEmpty() && scenario.mayNest() && !held) {
      steps.add(new Step("task", threads, () -> runAny(tasks)));
    }
    if (!ofClaim.isEmpty() && scenario.mayNest() && !held && !waitsForTurn()) {
      steps.add(new Step("claim task", threads, () -> runAny(ofClaim)));
    }
    if (!later.isEmpty()) {
      steps.add(new Step("starts again", threads, () -> runAny(later)));
    }
  }

  /**
   * Returns whether a change of the cursor has to wait. Unlike a transaction, it waits without a
   * time-out.
   */
  private boolean waitsForTurn() {
    return scenario.effects().takesTurns()
        && workerRun.claim().map(StoredClaim::isRunning).orElse(false);
  }

  private void runAny(List<Runnable> runnables) {
    Choices random = scenario.random();
    runnables.remove(random.nextInt(runnables.size())).run();
  }
}
