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
 * @param told what happened, if it was to be told
 * @param marks how often it went through what
 * @param coverage which faults hit what
 */
public record SimulatedRun(
    Optional<String> failure, List<String> told, Map<String, Long> marks, Coverage coverage) {

  /**
   * Runs a simulation, ends its faults, and judges what has happened.
   *
   * @param steps how much happens before the faults end
   * @param system makes bytes of things; nothing runs on it
   */
  static SimulatedRun of(
      World world, Choices choices, int steps, ActorSystem<?> system, boolean tells) {
    Chronicle chronicle = new Chronicle(tells);
    Optional<String> failure = Optional.empty();
    History history;
    try {
      World.Story story = world.begin(choices, system, chronicle);
      story.run(steps);
      story.drain();
      history = chronicle.history();
      Verdict verdict = Checker.ofSteps().judge(history);
      failure =
          chronicle
              .violation()
              .or(() -> verdict.isGood() ? Optional.empty() : Optional.of(verdict.report()));
    } catch (AssertionError | StackOverflowError | RuntimeException e) {
      failure = Optional.of(e.getClass().getSimpleName() + ": " + e.getMessage());
      history = chronicle.history();
    }
    return new SimulatedRun(failure, chronicle.told(), chronicle.marks(), Coverage.of(history));
  }
}
