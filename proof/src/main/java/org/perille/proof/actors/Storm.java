package org.perille.proof.actors;

import java.time.Duration;
import java.util.Map;
import org.perille.testkit.history.Phase;

/**
 * What may happen at a time, by chance.
 *
 * @param chances of each kind, from 0 to 1; none of those that aren't there
 * @param delay the longest time by which something is late
 */
record Storm(Map<FaultKind, Double> chances, Duration delay) {
  static final Storm NONE = new Storm(Map.of(), Duration.ZERO);

  Storm {
    chances = Map.copyOf(chances);
  }

  double chance(FaultKind kind) {
    return chances.getOrDefault(kind, 0.0);
  }

  /** An actor is to fail when this comes up; once. */
  record Shot(Part part, Phase phase) {}
}
