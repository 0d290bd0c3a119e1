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
 * What came of a simulation.
 *
 * @param failure what is wrong, if something is
 * @param lines what happened, if it was to be told
 * @param marks how often it went through what
 * @param coverage which faults hit what
 */
public record SimulatedRun(
    Optional<String> failure, List<String> lines, Map<String, Long> marks, Coverage coverage) {

  /**
   * Runs a simulation, ends its faults, and judges what has happened.
   *
   * @param steps how much happens before the faults end
   * @param system makes bytes of things; nothing runs on it
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
