package org.perille.proof.delivery;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.internal.feed.PartitionJournal;
import org.perille.proof.simulation.Step;

/** The reads of the journal that a worker's run has under way. They end in any order, or fail. */
final class RunReads implements PartitionJournal {
  private final Simulation scenario;
  private final ModelWorkerRun workerRun;
  private final List<Runnable> reads = new ArrayList<>();

  RunReads(Simulation scenario, ModelWorkerRun workerRun) {
    this.scenario = scenario;
    this.workerRun = workerRun;
  }

  @Override
  public CompletionStage<List<Stored>> readUpTo(String persistenceId, long from, long to) {
    CompletableFuture<List<Stored>> read = new CompletableFuture<>();
    reads.add(
        () -> {
          if (scenario.faults().ofWrite().stores()) {
            read.complete(scenario.topic().read(from, to));
          } else {
            read.completeExceptionally(workerRun.storageFailed("journal"));
          }
        });
    return read;
  }

  int size() {
    return reads.size();
  }

  void addTo(List<Step> steps) {
    if (!reads.isEmpty()) {
      steps.add(
          new Step("read", 10, () -> reads.remove(scenario.random().nextInt(reads.size())).run()));
    }
  }
}
