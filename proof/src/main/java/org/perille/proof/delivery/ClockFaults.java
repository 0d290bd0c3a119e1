package org.perille.proof.delivery;

import java.util.Random;
import java.util.concurrent.TimeUnit;

/** Sets clocks wrong: all of them by seconds, those of single nodes by days. */
final class ClockFaults {
  /** The limit by which an operator sets the clock, forwards or back. */
  private static final int MOST_MILLIS_SET = 5_000;

  private final Simulation scenario;

  ClockFaults(Simulation scenario) {
    this.scenario = scenario;
  }

  private Random random() {
    return scenario.random();
  }

  /** Sets the clocks of all nodes. */
  void setAll() {
    scenario.mark(Mark.CLOCK_JUMPED);
    scenario.clock().jump(random().nextInt(2 * MOST_MILLIS_SET) - MOST_MILLIS_SET);
  }

  /** Sets the clock of a node with a partition. It may be wrong by days until it is set again. */
  void setOfPartition() {
    scenario.mark(Mark.CLOCK_WRONG_BY_DAYS);
    int days = anyDays();
    scenario.partitions().anyRun().setClock(TimeUnit.DAYS.toMillis(days));
  }

  /** Sets the clock of a node with workers, or corrects it. */
  void setOfNode() {
    NodeClock node = scenario.random().any(scenario.clock().nodes());
    int days = random().nextBoolean() ? 0 : anyDays();
    if (days != 0) {
      scenario.mark(days > 0 ? Mark.WORKER_CLOCK_AHEAD : Mark.WORKER_CLOCK_BEHIND);
    } else if (node.wrongByMillis() != 0) {
      scenario.mark(Mark.WORKER_CLOCK_CORRECTED);
    }
    int index = scenario.clock().nodes().indexOf(node);
    scenario.tell("node", index, "has a clock that is wrong by", days, "days");
    node.set(TimeUnit.DAYS.toMillis(days));
  }

  private int anyDays() {
    return random().nextInt(7) - 3;
  }
}
