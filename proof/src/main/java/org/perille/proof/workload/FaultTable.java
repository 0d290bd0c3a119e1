package org.perille.proof.workload;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Phase;

/** How many faults of which kind met which phase, to be read. */
public final class FaultTable {
  private final Coverage coverage;

  public FaultTable(Coverage coverage) {
    this.coverage = coverage;
  }

  /** Prints it: a line for each kind. */
  public void print(PrintStream out) {
    Map<String, Map<Phase, Long>> faults = coverage.faults();
    out.printf("%n%d faults%n", faults.keySet().stream().mapToLong(coverage::faults).sum());
    out.printf("  %-22s", "");
    for (Phase phase : Phase.values()) {
      out.printf("%14s", label(phase.name()));
    }
    out.println();
    faults.forEach(
        (kind, phases) -> {
          out.printf("  %-22s", label(kind));
          for (Phase phase : Phase.values()) {
            out.printf("%14s", phases.containsKey(phase) ? phases.get(phase) : "");
          }
          out.println();
        });
  }

  /** A constant's name as people write it. */
  static String label(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
