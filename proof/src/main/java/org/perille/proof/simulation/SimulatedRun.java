package org.perille.proof.simulation;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorSystem;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Coverage;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Verdict;

/**
 * The result of a simulation.
 *
 * @param failure a description of what is wrong, if anything is
 * @param lines the events, if the run was verbose
 * @param marks the marks, and how often the run reached each
 * @param coverage the phases that each fault hit
 */
public record SimulatedRun(
    Optional<String> failure, List<String> lines, Map<String, Long> marks, Coverage coverage) {

  /**
   * Runs a simulation, ends its faults, and judges the history.
   *
   * @param steps the number of steps before the faults end
   * @param system the system for serialization; no actor runs on it
   */
  static SimulatedRun of(
      World world, Choices choices, int steps, ActorSystem<?> system, boolean verbose) {
    RunRecorder recorder = new RunRecorder(verbose);
    Optional<String> failure = Optional.empty();
    History history;
    try {
      World.Scenario scenario = world.begin(choices, system, recorder);
      scenario.run(steps);
      scenario.drain();
      history = recorder.history();
      Verdict verdict = Checker.ofSteps().judge(history);
      failure =
          recorder
              .violation()
              .or(() -> verdict.isGood() ? Optional.empty() : Optional.of(verdict.report()));
    } catch (AssertionError | StackOverflowError | RuntimeException e) {
      failure = Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
      history = recorder.history();
    }
    return new SimulatedRun(failure, recorder.lines(), recorder.marks(), Coverage.of(history));
  }
}
