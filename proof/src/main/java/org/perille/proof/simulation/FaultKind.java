package org.perille.proof.simulation;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.perille.testkit.history.Demands;
import org.perille.testkit.history.Phase;

/**
 * A kind of fault that a world knows.
 *
 * @param spared the phases that it can't hit, and why not
 */
public record FaultKind(String name, Map<Phase, String> spared) {
  public FaultKind {
    spared = Map.copyOf(spared);
  }

  /** A fault that can come at any time. */
  public static FaultKind of(String name) {
    return new FaultKind(name, Map.of());
  }

  /** The same fault, which can't hit a phase. */
  public FaultKind sparing(Phase phase, String why) {
    Map<Phase, String> more = new EnumMap<>(Phase.class);
    more.putAll(spared);
    more.put(phase, why);
    return new FaultKind(name, more);
  }

  /** A fault that hits nothing but these. */
  public static FaultKind only(String name, String why, Phase... phases) {
    FaultKind kind = of(name);
    for (Phase phase : EnumSet.copyOf(Demands.PHASES)) {
      if (!Set.of(phases).contains(phase)) {
        kind = kind.sparing(phase, why);
      }
    }
    return kind;
  }

  /** The phases that it can hit. */
  public Set<Phase> phases() {
    Set<Phase> phases = EnumSet.copyOf(Demands.PHASES);
    phases.removeAll(spared.keySet());
    return phases;
  }
}
