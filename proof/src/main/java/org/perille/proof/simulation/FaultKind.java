package org.perille.proof.simulation;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.perille.testkit.history.Demands;
import org.perille.testkit.history.Phase;

/**
 * A kind of fault in a world.
 *
 * @param spared the phases that it can't hit, with the reasons
 */
public record FaultKind(String name, Map<Phase, String> spared) {
  public FaultKind {
    spared = Map.copyOf(spared);
  }

  /** Returns a fault that can hit every phase. */
  public static FaultKind of(String name) {
    return new FaultKind(name, Map.of());
  }

  /** Returns the same fault, but without this phase. */
  public FaultKind sparing(Phase phase, String why) {
    Map<Phase, String> more = new EnumMap<>(Phase.class);
    more.putAll(spared);
    more.put(phase, why);
    return new FaultKind(name, more);
  }

  /** Returns a fault that can hit only these phases. */
  public static FaultKind only(String name, String why, Phase... phases) {
    FaultKind kind = of(name);
    for (Phase phase : EnumSet.copyOf(Demands.PHASES)) {
      if (!Set.of(phases).contains(phase)) {
        kind = kind.sparing(phase, why);
      }
    }
    return kind;
  }

  /** Returns the phases that the fault can hit. */
  public Set<Phase> phases() {
    Set<Phase> phases = EnumSet.copyOf(Demands.PHASES);
    phases.removeAll(spared.keySet());
    return phases;
  }
}
