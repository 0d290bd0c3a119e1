package org.perille.proof.actors;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.perille.proof.workload.FaultTable;
import org.perille.proof.workload.Publishes;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Demands;
import org.perille.testkit.history.Figures;
import org.perille.testkit.history.FileRecorder;
import org.perille.testkit.history.Operation;

/** A series of runs, and their combined coverage. */
final class ActorSuite {
  /** The number of runs from which on every fault must have hit all its phases. */
  private static final int RUNS_FOR_EVERY_PHASE = 10;

  /** The number of runs from which on messages and keys of every kind must have been published. */
  private static final int RUNS_FOR_EVERY_MESSAGE = 20;

  private static final long OPERATIONS_A_RUN = 3_000;

  private final int rate;
  private final Duration storms;
  private final Path directory;
  private final PrintStream out;
  private final List<Long> failed = new ArrayList<>();
  private Coverage coverage = Coverage.none();
  private Publishes publishes = Publishes.none();
  private int runs;
  private int unexplained;

  /**
   * Creates a suite without runs.
   *
   * @param directory the directory for the histories of failed runs
   */
  ActorSuite(int rate, Duration storms, Path directory, PrintStream out) {
    this.rate = rate;
    this.storms = storms;
    this.directory = directory;
    this.out = out;
  }

  /**
   * Adds a run.
   *
   * @return whether the run was good
   */
  boolean run(long seed) throws Exception {
    ActorRun.Result result = new ActorRun(seed, rate, storms).run();
    runs++;
    coverage = coverage.plus(result.coverage());
    publishes = publishes.plus(Publishes.of(result.history()));
    out.printf("seed %d: %s%n", seed, inShort(result));
    if (!result.isGood()) {
      failed.add(seed);
      result.left().forEach(out::println);
      out.println(result.verdict().report());
      out.println("its history is in " + keep(result));
      if (!result.actors().isEmpty()) {
        out.println("its actors are in " + keepActors(result));
      }
    }
    result.restarts().forEach(cause -> out.println("FAILED WITHOUT A FAULT: " + cause));
    unexplained += result.restarts().size();
    out.flush();
    return result.isGood();
  }

  private static String inShort(ActorRun.Result result) {
    Figures figures = result.verdict().figures();
    return "%s in %.1f s: %,d published, %,d attempts, %,d operations, %,d faults"
        .formatted(
            result.isGood() ? "good" : "NOT GOOD",
            result.took().toMillis() / 1e3,
            figures.publishedOk(),
            figures.subscriptions().stream().mapToLong(Figures.Subscribed::attempts).sum(),
            figures.operations(),
            faults(result.coverage()));
  }

  private static long faults(Coverage coverage) {
    return coverage.faults().keySet().stream().mapToLong(coverage::faults).sum();
  }

  private Path keep(ActorRun.Result result) throws IOException {
    Files.createDirectories(directory);
    Path file = directory.resolve("seed-" + result.seed() + ".history");
    Files.deleteIfExists(file);
    try (FileRecorder recorder = new FileRecorder(file)) {
      for (Operation operation : result.history().operations()) {
        recorder.record(operation);
      }
    }
    return file;
  }

  private Path keepActors(ActorRun.Result result) throws IOException {
    return Files.writeString(
        directory.resolve("seed-" + result.seed() + ".actors"),
        String.join("\n\n", result.actors()));
  }

  /**
   * Prints the coverage of the runs.
   *
   * @return whether all runs were good and their coverage is sufficient
   */
  boolean report() {
    new FaultTable(coverage).print(out);
    publishes.print(out);
    List<String> missing = new ArrayList<>();
    demands().shortfalls(coverage).forEach(shortfall -> missing.add(shortfall.toString()));
    boolean everyMessage = runs >= RUNS_FOR_EVERY_MESSAGE;
    if (everyMessage) {
      missing.addAll(publishes.missing());
    } else {
      publishes.missing().forEach(what -> out.println("not met   " + what));
    }
    missing.forEach(shortfall -> out.println("NOT DONE  " + shortfall));
    out.printf(
        "%n%d runs, %,d operations, %,d faults; %s%n",
        runs,
        coverage.operations(),
        faults(coverage),
        failed.isEmpty() ? "all good" : "NOT GOOD: seeds " + failed);
    if (unexplained > 0) {
      out.printf("%d failures of actors that no fault explains: see above%n", unexplained);
    }
    return failed.isEmpty() && missing.isEmpty() && unexplained == 0;
  }

  /** Returns a coverage that a suite without faults, or without load, doesn't reach. */
  private Demands demands() {
    Demands demands = Demands.ofOperations(OPERATIONS_A_RUN * runs);
    for (FaultKind kind : FaultKind.values()) {
      if (kind != FaultKind.NODE_REPLACED) {
        demands = demands.withFault(kind.name(), runs);
      }
      if (runs >= RUNS_FOR_EVERY_PHASE) {
        demands = demands.withPhases(kind.name(), kind.phases());
      }
    }
    return demands;
  }
}
