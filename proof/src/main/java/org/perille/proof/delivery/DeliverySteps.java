package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import org.perille.proof.simulation.Choices;
import org.perille.proof.simulation.Step;

/** The possible steps of a scenario, and their frequencies. */
final class DeliverySteps {
  /** The possible factors on the frequency of a step. */
  private static final int[] TIMES = {0, 1, 1, 4};

  private final Simulation scenario;
  private final Choices random;
  private final List<Step> steps = new ArrayList<>();

  DeliverySteps(Simulation scenario) {
    this.scenario = scenario;
    this.random = scenario.random();
    int faults = random.nextInt(4);
    int resets = random.nextInt(4) == 0 ? 4 : 0;
    addAlways(faults > 0);
    addOfPartition(faults);
    addOfWorker(faults, resets);
    scenario.journal().ifPresent(this::addOfStorage);
  }

  /** Takes a random step. */
  void takeAny() {
    Step.any(steps, random).action().run();
  }

  private void addAlways(boolean withFaults) {
    ModelApplication application = scenario.application();
    add(60, application::publish);
    add(300, scenario.partitions()::stepOfAny);
    add(300, () -> deliver(withFaults && random.nextInt(20) == 0));
    add(20, application::repeatOfAny);
    add(20, application::readOfAny);
    add(10, application::expireOfAny);
    add(30, scenario.partitions()::ensureAlive);
    add(2, () -> scenario.partitions().anyRecipient().checkFencing());
    add(1000, scenario.workers()::step);
    add(60, scenario.workers()::ensureAlive);
    add(60, () -> scenario.clock().pass(random.nextInt(60)));
  }

  private void addOfPartition(int faults) {
    ClockFaults clocks = new ClockFaults(scenario);
    mayBe(5, scenario.partitions()::takeSnapshot);
    mayBe(8 * faults, scenario.network()::lose);
    mayBe(4 * faults, clocks::setAll);
    mayBe(4 * faults, clocks::setOfPartition);
    mayBe(3 * faults, clocks::setOfNode);
    mayBe(3 * faults, scenario.partitions()::crashAny);
    mayBe(2 * faults, scenario.partitions()::replace);
    mayBe(2 * faults, scenario.application()::crashPublisher);
  }

  private void addOfWorker(int faults, int resets) {
    ModelOperator operator = scenario.operator();
    mayBe(10, () -> scenario.storage().takeSnapshot(random));
    mayBe(15, operator::redrive);
    mayBe(10, operator::discard);
    mayBe(4, operator::repeatOrder);
    mayBe(6, operator::pauseOrResume);
    mayBe(30, operator::awaitFinished);
    mayBe(resets, operator::reset);
    mayBe(5, scenario.workers()::missDeadlinesOfAny);
    mayBe(4, scenario.workers()::stopCurrent);
    mayBe(5 * faults, scenario.workers()::crashAny);
    mayBe(3 * faults, scenario.workers()::replace);
  }

  private void addOfStorage(StoredJournal journal) {
    add(300, journal::step);
    mayBe(30, journal::storeOfNeighbours);
    mayBe(20, scenario.effects()::pass);
    mayBe(2, scenario.effects()::fail);
    mayBe(2, journal::failOver);
    mayBe(2, scenario.partitions()::crashNode);
  }

  private void add(int weight, Runnable action) {
    steps.add(new Step(weight, action));
  }

  /**
   * Adds a step that some scenarios don't have, and others have often.
   *
   * <p>Such scenarios find more than scenarios that are all alike (Groce and others, "Swarm
   * Testing", ISSTA 2012).
   */
  private void mayBe(int weight, Runnable action) {
    int times = TIMES[random.nextInt(TIMES.length)];
    add(times * weight, action);
  }

  private void deliver(boolean keep) {
    ModelNetwork network = scenario.network();
    if (random.nextInt(10) >= scenario.feeds().messagesOfTen() || !network.deliverOfFeeds()) {
      boolean unused = network.deliver(keep);
    }
  }
}
