package org.perille.proof.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation;
import org.perille.testkit.history.Phase;

/** What is kept of a scenario: for the checker, for the report, and for a reader. */
public final class RunRecorder {
  private final List<Operation> operations = new ArrayList<>();
  private final Map<Enum<?>, Long> marks = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private final boolean verbose;
  private long calls;
  private Optional<String> violation = Optional.empty();

  /**
   * Nothing has happened.
   *
   * @param verbose whether a reader wants to see what happens
   */
  public RunRecorder(boolean verbose) {
    this.verbose = verbose;
  }

  /** Adds to the history; the operation is given its time. */
  public void record(LongFunction<Operation> operation) {
    operations.add(operation.apply(operations.size()));
  }

  /** A number that no other publish or attempt of the history has. */
  public long newCall() {
    return ++calls;
  }

  /** Notes a fault and what it hits. */
  public void fault(FaultKind kind, Phase phase) {
    record(at -> new Operation.FaultBegan(at, kind.name(), phase, ""));
  }

  /** Notes that the scenario has gone through something. */
  public void mark(Enum<?> mark) {
    mark(mark, 1);
  }

  /** Notes that the scenario has gone through something so often. */
  public void mark(Enum<?> mark, int times) {
    if (times > 0) {
      marks.merge(mark, (long) times, Long::sum);
    }
  }

  /** Returns whether the lines are read: making words of everything takes longer than all else. */
  public boolean verbose() {
    return verbose;
  }

  /** Tells what happens, in words. */
  public void tell(Object... words) {
    if (verbose) {
      lines.add(Stream.of(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }

  /** Notes something that must never be, where an exception would reach nobody. */
  public void violated(String what) {
    violation = violation.or(() -> Optional.of(what));
  }

  /** The first thing that must never be. */
  public Optional<String> violation() {
    return violation;
  }

  /** What happened by now. */
  public History history() {
    return History.of(operations);
  }

  /** What was told. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** What the scenario has gone through, and how often. */
  public Map<String, Long> marks() {
    Map<String, Long> times = new TreeMap<>();
    marks.forEach((mark, count) -> times.put(mark.name(), count));
    return times;
  }
}
