package org.perille.proof.delivery;

import static org.assertj.core.api.Assertions.assertThat;

/** The end of a scenario: without faults, everything has to finish. */
final class Drain {
  /** The number of messages published after healing, enough for batches of several messages. */
  private static final int PUBLISHED_AFTERWARDS = 6;

  /** The number of rounds after which the handler no longer fails. */
  private static final int ROUNDS_WITH_FAILURES = 2_000;

  /** A limit far above the number of further rounds that a healthy scenario needs. */
  private static final int MAX_ROUNDS = 60_000;

  private final Simulation scenario;

  Drain(Simulation scenario) {
    this.scenario = scenario;
  }

  /** Publishes a few messages, repairs the handler after some time, and lets everything finish. */
  void run() {
    for (int i = 0; i < PUBLISHED_AFTERWARDS; i++) {
      scenario.application().publishNew(HandlerBehavior.fine());
    }
    for (int round = 0; round < ROUNDS_WITH_FAILURES && !isDone(); round++) {
      takeRound(round);
    }
    scenario.application().repair();
    for (int round = 0; !isDone(); round++) {
      ModelWorkerRun workerRun = scenario.workers().current();
      assertThat(round)
          .as(() -> "rounds to drain" + describeFirstOpen(workerRun) + "; " + workerRun.describe())
          .isLessThan(MAX_ROUNDS);
      takeRound(round);
      if (round % 200 == 0) {
        giveOrders();
      }
    }
  }

  private String describeFirstOpen(ModelWorkerRun workerRun) {
    return scenario
        .ledger()
        .firstOpen(workerRun)
        .map(offset -> ", offset " + offset + " is open")
        .orElse("");
  }

  private void takeRound(int round) {
    scenario.workers().ensureAlive();
    scenario.partitions().ensureAlive();
    scenario.application().readOfAll();
    boolean acted = scenario.workers().step();
    acted |= scenario.partitions().step();
    acted |= scenario.network().deliver(false);
    acted |= scenario.network().deliverOfFeeds();
    acted |= scenario.partitions().stepOfFeeds();
    acted |= scenario.journal().isPresent() && scenario.journal().get().step();
    if (round % 10 == 0) {
      scenario.application().repeatAll();
      scenario.partitions().all().forEach(ModelPartition::checkFencing);
      // A handler may still kill its process, whose sessions the server ends after a time-out.
      scenario.effects().pass();
    }
    scenario.requireNoViolation();
    if (!acted && round % 5 == 0) {
      scenario.clock().pass(10);
    }
  }

  private void giveOrders() {
    ModelOperator operator = scenario.operator();
    operator.resume();
    if (operator.awaitsReset()) {
      operator.reset();
    }
    if (scenario.random().nextInt(3) == 0) {
      operator.discard();
    } else {
      operator.redrive();
    }
  }

  private boolean isDone() {
    ModelWorkerRun workerRun = scenario.workers().current();
    return !workerRun.isOver()
        && scenario.network().isEmpty()
        && scenario.application().isIdle()
        && scenario.partitions().isSettled()
        && scenario.journal().map(StoredJournal::isIdle).orElse(true)
        && !scenario.operator().awaitsReset()
        && workerRun.isCaughtUp()
        && workerRun.core().failures().letters().isEmpty()
        && workerRun.core().failures().deferred().size() == 0
        && workerRun.core().areFailuresDurable()
        && scenario.ledger().isSettled(workerRun);
  }
}
