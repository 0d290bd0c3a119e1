package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.perille.internal.partition.PartitionSnapshot;

/** The runs of the partition. The last one is the current one, and others may continue. */
final class PartitionRuns {
  private final Simulation scenario;
  private final List<ModelPartition> runs = new ArrayList<>();
  private Optional<PartitionSnapshot> snapshot = Optional.empty();
  private long begun;

  PartitionRuns(Simulation scenario) {
    this.scenario = scenario;
  }

  /** Starts a new run of the partition. The one before may continue. */
  void start() {
    runs.removeIf(ModelPartition::isGone);
    runs.add(new ModelPartition(scenario, scenario.topic(), ++begun));
  }

  ModelPartition current() {
    return runs.get(runs.size() - 1);
  }

  List<ModelPartition> all() {
    return runs;
  }

  ModelPartition anyRun() {
    return scenario.random().any(runs);
  }

  /** Returns a run that may receive a request: mostly the current one. */
  ModelPartition anyRecipient() {
    return scenario.random().nextInt(10) < 8 ? current() : anyRun();
  }

  void ensureAlive() {
    if (current().isDead()) {
      start();
    }
  }

  /** Lets a random recipient act, or one of its feeds. */
  void stepOfAny() {
    ModelPartition partition = anyRecipient();
    if (scenario.random().nextBoolean() || !partition.stepOfFeed()) {
      boolean unused = partition.step();
    }
  }

  /**
   * Lets all runs act until one has done something.
   *
   * @return false if there is nothing to do
   */
  boolean step() {
    return runs.stream().anyMatch(ModelPartition::step);
  }

  /**
   * Lets the feeds of all runs act until one has done something.
   *
   * @return false if there is nothing to do
   */
  boolean stepOfFeeds() {
    return runs.stream().anyMatch(ModelPartition::stepOfFeed);
  }

  /** Returns whether the current run is active, and no run has anything to do. */
  boolean isSettled() {
    return runs.stream().allMatch(ModelPartition::isIdle) && current().isActive();
  }

  void takeSnapshot() {
    anyRun()
        .takeSnapshot()
        .filter(taken -> snapshot.map(s -> s.nextOffset() <= taken.nextOffset()).orElse(true))
        .ifPresent(taken -> snapshot = Optional.of(taken));
  }

  /** Returns the snapshot that the partition has stored beside its journal. */
  Optional<PartitionSnapshot> snapshot() {
    return snapshot;
  }

  void crashAny() {
    ModelPartition partition = anyRun();
    if (!partition.isDead()) {
      scenario.mark(Mark.PARTITION_CRASHED);
      scenario.faults().note(DeliveryFaults.PARTITION_CRASHES, partition.phase());
      scenario.tell(partition, "crashes");
      partition.crash();
    }
  }

  /** Crashes a process with all its partitions. */
  void crashNode() {
    anyRun().node().filter(alive -> !alive.isDead()).ifPresent(this::crash);
  }

  private void crash(JournalNode process) {
    scenario.mark(StorageMark.NODE_CRASHED);
    scenario.tell("a node crashes");
    process.crash();
    runs.stream()
        .filter(partition -> partition.isOn(process) && !partition.isDead())
        .forEach(
            partition -> {
              scenario.faults().note(DeliveryFaults.PARTITION_CRASHES, partition.phase());
              partition.crash();
            });
  }

  /** Starts the partition elsewhere while the current run continues. */
  void replace() {
    if (!current().isDead()) {
      scenario.mark(Mark.PARTITION_LIVED_ON);
      scenario.faults().note(DeliveryFaults.REPLACED_PARTITION_CONTINUES, current().phase());
      start();
    }
  }
}
