package org.perille.internal.subscribe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.perille.proof.Choices;
import org.perille.testkit.history.Checker;
import org.perille.testkit.history.Verdict;

/**
 * What a subscription promises about messages whose handling fails, whatever else fails. More seeds
 * are tried with {@code -Dperille.seeds=10000}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimulationTest {
  private static final int STEPS = 1500;

  private final Mark.Tally marks = new Mark.Tally();
  private ActorTestKit kit;

  /** Nothing runs on it; it only knows how to make bytes of things. */
  @BeforeAll
  void start() {
    kit = ActorTestKit.create("SimulationTest");
  }

  @AfterAll
  void stop() {
    kit.shutdownTestKit();
    assertThat(marks.times()).containsOnlyKeys(Mark.values());
  }

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("perille.seeds", 300));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void no_message_is_lost_or_handled_out_of_turn_or_too_often_whatever_fails(long seed) {
    try {
      tell(seed, null);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage() + schedule(seed), e);
    }
  }

  private void tell(long seed, List<String> told) {
    Simulation story = new Simulation(Choices.of(seed), kit.system(), marks, told);
    story.run(STEPS);
    story.drain();
    Verdict verdict = Checker.ofSteps().judge(story.history());
    assertThat(verdict.isGood()).as(verdict.report()).isTrue();
  }

  /** The same story once more, to be read. */
  private String schedule(long seed) {
    List<String> told = new ArrayList<>();
    try {
      tell(seed, told);
    } catch (AssertionError | RuntimeException e) {
      return "\n" + String.join("\n", told);
    }
    return "\n(not again)";
  }
}
