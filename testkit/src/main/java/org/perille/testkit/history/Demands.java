package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The events that a run must have so that its verdict means anything.
 *
 * <p>A suite without faults finds no anomaly either.
 *
 * <pre>{@code
 * Demands demands = Demands.ofOperations(100_000).withFault("kill", 50).withEveryPhaseOf("kill");
 * assertThat(demands.shortfalls(coverage)).isEmpty();
 * }</pre>
 *
 * <p><b>Threading</b>: immutable.
 */
public final class Demands {
  /** The phases that a fault can be demanded to hit. */
  public static final Set<Phase> PHASES =
      Set.copyOf(EnumSet.complementOf(EnumSet.of(Phase.UNKNOWN)));

  /**
   * An event that occurred too rarely.
   *
   * @param what the event, such as {@code fault kill in phase RECOVERING}
   * @param wanted the demanded number
   * @param found the actual number
   */
  public record Shortfall(String what, long wanted, long found) {
    @Override
    public String toString() {
      return "%s: %,d wanted, %,d found".formatted(what, wanted, found);
    }
  }

  private final long operations;
  private final Map<String, Long> faults;
  private final Map<String, Set<Phase>> phases;

  private Demands(long operations, Map<String, Long> faults, Map<String, Set<Phase>> phases) {
    this.operations = operations;
    this.faults = faults;
    this.phases = phases;
  }

  /** Demands a minimum number of recorded operations. */
  public static Demands ofOperations(long minimum) {
    return new Demands(minimum, Map.of(), Map.of());
  }

  /** Demands a minimum number of faults of this kind, in any phase. */
  public Demands withFault(String kind, long minimum) {
    Map<String, Long> more = new LinkedHashMap<>(faults);
    more.put(kind, minimum);
    return new Demands(operations, more, phases);
  }

  /** Demands that a fault of this kind hit each of {@link #PHASES} at least once. */
  public Demands withEveryPhaseOf(String kind) {
    return withPhases(kind, PHASES);
  }

  /** Demands that a fault of this kind hit each of these phases at least once. */
  public Demands withPhases(String kind, Set<Phase> hit) {
    if (hit.contains(Phase.UNKNOWN)) {
      throw new IllegalArgumentException(
          "fault %s can't be asked to hit UNKNOWN: that says that nobody looked".formatted(kind));
    }
    Map<String, Set<Phase>> more = new LinkedHashMap<>(phases);
    more.put(kind, Set.copyOf(hit));
    return new Demands(operations, faults, more);
  }

  /** Returns the unmet demands; empty if the verdict counts. */
  public List<Shortfall> shortfalls(Coverage coverage) {
    List<Shortfall> missing = new ArrayList<>();
    demand(missing, "operations", operations, coverage.operations());
    faults.forEach(
        (kind, wanted) -> demand(missing, "fault " + kind, wanted, coverage.faults(kind)));
    phases.forEach(
        (kind, hit) ->
            hit.stream()
                .sorted()
                .forEach(
                    phase ->
                        demand(
                            missing,
                            "fault " + kind + " in phase " + phase,
                            1,
                            coverage.faults(kind, phase))));
    return missing;
  }

  private static void demand(List<Shortfall> missing, String what, long wanted, long found) {
    if (found < wanted) {
      missing.add(new Shortfall(what, wanted, found));
    }
  }
}
