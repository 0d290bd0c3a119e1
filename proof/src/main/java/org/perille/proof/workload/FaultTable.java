package org.perille.proof.workload;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Phase;

/** A table of the number of faults by kind and phase. */
public final class FaultTable {
  private final Coverage coverage;

  public FaultTable(Coverage coverage) {
    this.coverage = coverage;
  }

  /** Prints the table, with a line for each kind. */
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

  /** Returns a constant's name for human readers. */
  static String label(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
