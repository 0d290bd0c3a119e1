package org.perille.proof.simulation;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Demands;
import org.perille.testkit.history.Phase;

/**
 * The coverage that a series of runs of a world must reach. A situation that never happened has
 * proven nothing.
 */
public final class CoverageFloor {
  /**
   * The number of runs after which everything must have happened. Fewer runs may miss it by chance.
   */
  public static final long RUNS = 2_000;

  private final List<String> marks;
  private final List<FaultKind> faults;

  private CoverageFloor(List<String> marks, List<FaultKind> faults) {
    this.marks = List.copyOf(marks);
    this.faults = List.copyOf(faults);
  }

  /** Returns a floor with each of the marks, and each fault in each phase that it can hit. */
  public static CoverageFloor of(Enum<?>[] marks, List<FaultKind> faults) {
    return new CoverageFloor(Stream.of(marks).map(Enum::name).toList(), faults);
  }

  /** Returns the marks that must be reached. */
  public List<String> marks() {
    return marks;
  }

  /**
   * Returns the missing situations, and those that were considered impossible. Empty if there are
   * none.
   */
  public List<String> shortfalls(Map<String, Long> times, Coverage coverage) {
    List<String> found = new ArrayList<>();
    for (String mark : marks) {
      if (times.getOrDefault(mark, 0L) == 0) {
        found.add("nothing went through " + mark);
      }
    }
    Demands demands = Demands.ofOperations(1);
    for (FaultKind fault : faults) {
      demands = demands.withPhases(fault.name(), fault.phases());
    }
    demands.shortfalls(coverage).forEach(shortfall -> found.add(shortfall.toString()));
    for (FaultKind fault : faults) {
      fault
          .spared()
          .forEach(
              (phase, why) -> {
                if (coverage.faults(fault.name(), phase) > 0) {
                  found.add(
                      "fault %s hit phase %s, which was thought to be impossible: %s"
                          .formatted(fault.name(), phase, why));
                }
              });
    }
    Set<String> unknown = new TreeSet<>(coverage.faults().keySet());
    unknown.removeAll(faults.stream().map(FaultKind::name).collect(Collectors.toSet()));
    unknown.forEach(kind -> found.add("fault %s is unknown to the world".formatted(kind)));
    return found;
  }

  /**
   * Returns how often each fault hit each phase, as a table; {@code -} for a phase that it can't
   * hit.
   */
  public List<String> table(Coverage coverage) {
    Set<Phase> phases = EnumSet.allOf(Phase.class);
    List<String> lines = new ArrayList<>();
    lines.add(line("", phases.stream().map(CoverageFloor::label)));
    for (FaultKind fault : faults) {
      lines.add(line(fault.name(), phases.stream().map(phase -> count(fault, phase, coverage))));
    }
    return lines;
  }

  private static String count(FaultKind fault, Phase phase, Coverage coverage) {
    long count = coverage.faults(fault.name(), phase);
    return count == 0 && fault.spared().containsKey(phase) ? "-" : "%,d".formatted(count);
  }

  private static String label(Phase phase) {
    return phase.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  private static String line(String name, Stream<String> cells) {
    return "  %-24s%s"
        .formatted(name, cells.map(cell -> "%14s".formatted(cell)).collect(Collectors.joining()));
  }
}
