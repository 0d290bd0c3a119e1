package org.perille.proof.delivery;

import java.util.List;
import org.perille.internal.worker.PoolSignal;
import org.perille.internal.worker.WorkerEvent;
import org.perille.proof.simulation.Step;

/** The timers of a worker's run: for waking, for flushing the cursor, and for stopping. */
final class RunTimers {
  /**
   * The time after which a waiting worker reads its clock again. It is shorter than a real
   * worker's, as little time passes in a scenario.
   */
  private static final long LONGEST_SLEEP_MILLIS = 500;

  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private long wakeAt = Long.MAX_VALUE;

  /** The end of the longest sleep, in the time that has passed. */
  private long sleepsUntil = Long.MAX_VALUE;

  private boolean flushWanted;
  private boolean endingSoon;

  RunTimers(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  /** Lets the worker sleep until its clock shows a time. */
  void sleepUntil(long millis) {
    if (millis != wakeAt) {
      wakeAt = millis;
      sleepsUntil = scenario.clock().passedMillis() + LONGEST_SLEEP_MILLIS;
    }
  }

  void flushLater() {
    flushWanted = true;
  }

  /** Lets the worker wait for its handlers to end, up to a time-out. */
  void endSoon() {
    endingSoon = true;
  }

  void addTo(List<Step> steps) {
    if (workerRun.clock().millis() >= wakeAt || scenario.clock().passedMillis() >= sleepsUntil) {
      steps.add(new Step("wakes", 10, this::wake));
    }
    if (flushWanted) {
      steps.add(new Step("flush", 3, this::flush));
    }
    int stopping = scenario.setup().pace().stopping();
    if (endingSoon && stopping > 0) {
      steps.add(
          new Step("time-out of stop", stopping, () -> workerRun.act(PoolSignal.STOP_TIMED_OUT)));
    }
  }

  private void wake() {
    wakeAt = Long.MAX_VALUE;
    sleepsUntil = Long.MAX_VALUE;
    workerRun.act(WorkerEvent.Woken.INSTANCE);
  }

  private void flush() {
    flushWanted = false;
    workerRun.act(WorkerEvent.FlushDue.INSTANCE);
  }
}
