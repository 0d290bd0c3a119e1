package org.perille.testkit.history;

import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The number of events in runs, which is compared with {@link Demands}.
 *
 * <p>Coverages of several runs can be added. So a suite can check whether every fault hit every
 * phase.
 *
 * <p><b>Threading</b>: immutable.
 */
public final class Coverage {
  private static final Coverage NONE = new Coverage(0, Map.of());

  private final long operations;
  private final Map<String, Map<Phase, Long>> faults;

  private Coverage(long operations, Map<String, Map<Phase, Long>> faults) {
    this.operations = operations;
    this.faults = faults;
  }

  /** Returns the coverage of no run. */
  public static Coverage none() {
    return NONE;
  }

  /** Returns the coverage of one run. */
  public static Coverage of(History history) {
    Map<String, Map<Phase, Long>> faults = new TreeMap<>();
    for (Operation operation : history.operations()) {
      if (operation instanceof Operation.FaultBegan began) {
        count(faults, began.kind(), began.phase(), 1);
      }
    }
    return new Coverage(history.size(), faults);
  }

  /** Returns the coverage of these runs together. */
  public Coverage plus(Coverage other) {
    Map<String, Map<Phase, Long>> sum = new TreeMap<>();
    for (Coverage part : new Coverage[] {this, other}) {
      part.faults.forEach(
          (kind, phases) -> phases.forEach((phase, count) -> count(sum, kind, phase, count)));
    }
    return new Coverage(operations + other.operations, sum);
  }

  private static void count(
      Map<String, Map<Phase, Long>> faults, String kind, Phase phase, long count) {
    faults.computeIfAbsent(kind, any -> new EnumMap<>(Phase.class)).merge(phase, count, Long::sum);
  }

  /** Returns the number of recorded operations. */
  public long operations() {
    return operations;
  }

  /** Returns the number of faults of a kind. */
  public long faults(String kind) {
    return faults.getOrDefault(kind, Map.of()).values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the number of faults of a kind that hit a phase. */
  public long faults(String kind, Phase phase) {
    return faults.getOrDefault(kind, Map.of()).getOrDefault(phase, 0L);
  }

  /** Returns all faults, by kind and by the phase that they hit. */
  public Map<String, Map<Phase, Long>> faults() {
    Map<String, Map<Phase, Long>> copy = new LinkedHashMap<>();
    faults.forEach((kind, phases) -> copy.put(kind, Collections.unmodifiableMap(phases)));
    return Collections.unmodifiableMap(copy);
  }

  @Override
  public String toString() {
    return operations + " operations, faults " + faults;
  }
}
