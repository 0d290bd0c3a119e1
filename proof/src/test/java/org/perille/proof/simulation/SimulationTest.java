package org.perille.proof.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The guarantees hold whatever fails. {@code proof/run simulate} tries more seeds. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimulationTest {
  private final Simulator simulator = new Simulator();

  @AfterAll
  void close() {
    simulator.close();
  }

  static List<World> worlds() {
    return Simulator.WORLDS;
  }

  @ParameterizedTest
  @MethodSource("worlds")
  void nothing_is_lost_or_out_of_turn_or_done_too_often_whatever_fails(World world) {
    Series series = new Series(world);
    LongStream.rangeClosed(1, world.runsInBuild())
        .parallel()
        .forEach(
            seed -> {
              SimulatedRun run = simulator.run(world, seed);
              run.failure().ifPresent(failure -> fail("seed " + seed + ": " + failure));
              series.add(run);
            });
    // The coverage of so few runs changes with every line of code. Only long runs must be complete.
    series.report().forEach(System.out::println);
  }

  @ParameterizedTest
  @MethodSource("worlds")
  void a_seed_always_gives_the_same_run(World world) {
    assertThat(simulator.tell(world, 7).lines())
        .isNotEmpty()
        .isEqualTo(simulator.tell(world, 7).lines());
  }

  @Test
  void a_run_that_does_not_end_fails_and_says_so() {
    assertThat(simulator.run(new Endless(), 1).failure().orElseThrow())
        .contains("the run doesn't end: it has taken 3,000,000 choices");
  }

  /** A world whose scenario continues after every error. */
  private static final class Endless implements World {
    @Override
    public String name() {
      return "endless";
    }

    @Override
    public int steps() {
      return 1;
    }

    @Override
    public CoverageFloor floor() {
      return CoverageFloor.of(new Enum<?>[0], List.of());
    }

    @Override
    public Scenario begin(Choices choices, ActorSystem<?> system, RunRecorder recorder) {
      return new Scenario() {
        @Override
        public void run(int steps) {
          for (int swallowed = 0; swallowed < 10; ) {
            try {
              choices.nextInt(2);
            } catch (AssertionError e) {
              swallowed++;
            }
          }
          choices.nextInt(2);
        }

        @Override
        public void drain() {}
      };
    }
  }
}
