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

/** The record of a scenario: its history, its coverage, and a log for readers. */
public final class RunRecorder {
  private final List<Operation> operations = new ArrayList<>();
  private final Map<Enum<?>, Long> marks = new HashMap<>();
  private final List<String> lines = new ArrayList<>();
  private final boolean verbose;
  private long calls;
  private Optional<String> violation = Optional.empty();

  /**
   * Creates an empty record.
   *
   * @param verbose whether to record lines for readers
   */
  public RunRecorder(boolean verbose) {
    this.verbose = verbose;
  }

  /** Adds an operation to the history. The function receives the time of the operation. */
  public void record(LongFunction<Operation> operation) {
    operations.add(operation.apply(operations.size()));
  }

  /** Returns a number that no other publish or attempt of the history has. */
  public long newCall() {
    return ++calls;
  }

  /** Records a fault and the phase that it hits. */
  public void fault(FaultKind kind, Phase phase) {
    record(at -> new Operation.FaultBegan(at, kind.name(), phase, ""));
  }

  /** Records that the scenario has reached a mark. */
  public void mark(Enum<?> mark) {
    mark(mark, 1);
  }

  /** Records that the scenario has reached a mark several times. */
  public void mark(Enum<?> mark, int times) {
    if (times > 0) {
      marks.merge(mark, (long) times, Long::sum);
    }
  }

  /** Returns whether lines are recorded. Creating the texts takes longer than everything else. */
  public boolean verbose() {
    return verbose;
  }

  /** Adds a line for readers, if the record is verbose. */
  public void tell(Object... words) {
    if (verbose) {
      lines.add(Stream.of(words).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }

  /** Records a violation where an exception would be lost. */
  public void violated(String what) {
    violation = violation.or(() -> Optional.of(what));
  }

  /** Returns the first violation. */
  public Optional<String> violation() {
    return violation;
  }

  /** Returns the history so far. */
  public History history() {
    return History.of(operations);
  }

  /** Returns the lines for readers. */
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /** Returns the marks, and how often the scenario has reached each. */
  public Map<String, Long> marks() {
    Map<String, Long> times = new TreeMap<>();
    marks.forEach((mark, count) -> times.put(mark.name(), count));
    return times;
  }
}
