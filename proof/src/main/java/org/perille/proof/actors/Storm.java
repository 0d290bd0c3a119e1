package org.perille.proof.actors;

import java.time.Duration;
import java.util.Map;
import org.perille.testkit.history.Phase;

/**
 * The probabilities of faults for a while.
 *
 * @param chances the probability of each kind, from 0 to 1; missing kinds don't happen
 * @param delay the maximum delay
 */
record Storm(Map<FaultKind, Double> chances, Duration delay) {
  static final Storm NONE = new Storm(Map.of(), Duration.ZERO);

  Storm {
    chances = Map.copyOf(chances);
  }

  double chance(FaultKind kind) {
    return chances.getOrDefault(kind, 0.0);
  }

  /** A failure of one actor of this part in this phase. It happens at most once. */
  record Shot(Part part, Phase phase) {}
}
