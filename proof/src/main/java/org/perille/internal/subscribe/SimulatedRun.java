package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.proof.simulation.Choices;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.Verdict;

/**
 * What came of a simulation.
 *
 * @param failure what is wrong, if something is
 * @param told what happened, if it was to be told
 * @param marks how often it went through what
 * @param coverage which faults hit what
 */
public record SimulatedRun(
    Optional<String> failure, List<String> told, Map<String, Long> marks, Coverage coverage) {

  /** Far more would show little that isn't shown by another run. */
  public static final int STEPS = 1500;

  /** What every series of runs must have gone through to prove anything. */
  public static List<String> wantedMarks() {
    List<String> wanted = new ArrayList<>();
    for (Mark mark : Mark.values()) {
      wanted.add(mark.name());
    }
    return wanted;
  }

  /**
   * Runs a simulation, ends its faults, and judges what has happened.
   *
   * @param steps how much happens before the faults end
   * @param system makes bytes of things; nothing runs on it
   */
  public static SimulatedRun of(Choices choices, int steps, ActorSystem<?> system, boolean tells) {
    Mark.Tally marks = new Mark.Tally();
    List<String> told = tells ? new ArrayList<>() : null;
    Simulation simulation = new Simulation(choices, system, marks, told);
    Optional<String> failure = Optional.empty();
    try {
      simulation.run(steps);
      simulation.drain();
      Verdict verdict = Checker.ofSteps().judge(simulation.history());
      if (!verdict.isGood()) {
        failure = Optional.of(verdict.report());
      }
    } catch (AssertionError | RuntimeException e) {
      failure = Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
    }
    Map<String, Long> times = new TreeMap<>();
    marks.times().forEach((mark, count) -> times.put(mark.name(), count));
    return new SimulatedRun(
        failure, tells ? told : List.of(), times, Coverage.of(simulation.history()));
  }
}
