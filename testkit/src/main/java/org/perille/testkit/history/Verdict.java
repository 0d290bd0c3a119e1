package org.perille.testkit.history;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@link Checker} says of a history.
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

  /** Whether nothing is wrong. */
  public boolean isGood() {
    return total() == 0;
  }

  /**
   * What is wrong, explained: of each anomaly the first {@value Checker#MAX_EXPLAINED}, by the
   * order of {@link Anomaly}.
   */
  public List<Finding> findings() {
    return findings;
  }

  /** How often each anomaly is in the history; all anomalies, also those that aren't. */
  public Map<Anomaly, Long> counts() {
    return counts;
  }

  /** What is not judged. */
  public Figures figures() {
    return figures;
  }

  /** All of it, for who has to find out what happened. */
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
