package org.perille.proof.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.perille.testkit.history.Coverage;

/**
 * The combined results of many runs of one world.
 *
 * <p><b>Threading</b>: any thread.
 */
final class Series {
  private final World world;
  private final Map<String, Long> marks = new TreeMap<>();
  private Coverage coverage = Coverage.none();
  private long runs;

  Series(World world) {
    this.world = world;
  }

  World world() {
    return world;
  }

  synchronized void add(SimulatedRun run) {
    run.marks().forEach((mark, count) -> marks.merge(mark, count, Long::sum));
    coverage = coverage.plus(run.coverage());
    runs++;
  }

  synchronized long operations() {
    return coverage.operations();
  }

  /** Returns the situations that should have happened by now, but never have. */
  synchronized List<String> shortfalls() {
    return runs < CoverageFloor.RUNS ? List.of() : world.floor().shortfalls(marks, coverage);
  }

  /** Returns the coverage of the runs, as lines. */
  synchronized List<String> report() {
    List<String> lines = new ArrayList<>();
    lines.add("%s: %,d runs went through".formatted(world.name(), runs));
    world
        .floor()
        .marks()
        .forEach(mark -> lines.add("  %-32s%,14d".formatted(mark, marks.getOrDefault(mark, 0L))));
    lines.add("faults by phase");
    lines.addAll(world.floor().table(coverage));
    if (runs < CoverageFloor.RUNS) {
      lines.add(
          "%,d runs needn't go through everything; %,d must".formatted(runs, CoverageFloor.RUNS));
    }
    shortfalls().forEach(shortfall -> lines.add("NOT DONE: " + shortfall));
    return lines;
  }
}
