package org.perille.proof.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.Set;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.perille.internal.subscribe.SimulatedRun;

/** What is promised, whatever fails. More seeds are tried with {@code proof/run simulate}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimulationTest {
  private final Simulator simulator = new Simulator();

  @AfterAll
  void close() {
    simulator.close();
  }

  @Test
  void no_message_is_lost_or_handled_out_of_turn_or_too_often_whatever_fails() {
    Set<String> marks = new TreeSet<>();
    LongStream.rangeClosed(1, 2000)
        .forEach(
            seed -> {
              SimulatedRun run = simulator.run(seed);
              run.failure().ifPresent(failure -> fail("seed " + seed + ": " + failure));
              marks.addAll(run.marks().keySet());
            });
    assertThat(marks).containsAll(SimulatedRun.wantedMarks());
  }

  @Test
  void a_seed_always_gives_the_same_run() {
    assertThat(simulator.tell(7).told()).isNotEmpty().isEqualTo(simulator.tell(7).told());
  }
}
