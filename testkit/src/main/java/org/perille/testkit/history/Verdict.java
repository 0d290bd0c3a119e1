package org.perille.testkit.history;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The result of a {@link Checker} for a history.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class Verdict {
  private final List<Finding> findings;
  private final Map<Anomaly, Long> counts;
  private final Figures figures;
  private final TimeScale scale;

  Verdict(List<Finding> findings, Map<Anomaly, Long> counts, Figures figures, TimeScale scale) {
    this.findings = List.copyOf(findings);
    this.counts = Collections.unmodifiableMap(new EnumMap<>(counts));
    this.figures = figures;
    this.scale = scale;
  }

  /** Returns whether there is no anomaly. */
  public boolean isGood() {
    return total() == 0;
  }

  /**
   * Returns the explained findings: of each anomaly the first {@value Checker#MAX_EXPLAINED}.
   *
   * <p>They are in the order of {@link Anomaly}.
   */
  public List<Finding> findings() {
    return findings;
  }

  /** Returns the number of findings of each anomaly, including those without any. */
  public Map<Anomaly, Long> counts() {
    return counts;
  }

  /** Returns the figures, which aren't judged. */
  public Figures figures() {
    return figures;
  }

  /** Returns the complete report, for the analysis of a failure. */
  public String report() {
    return new Report(this, scale).text();
  }

  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public String toString() {
    return isGood() ? "good" : total() + " anomalies in " + figures.operations() + " operations";
  }
}
