package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.perille.testkit.history.Demands;

/** What is promised, whatever fails. More seeds are tried with {@code proof/run actors}. */
class ActorsTest {
  private static final int RATE = 40;
  private static final Duration STORMS = Duration.ofSeconds(2);

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void messages_that_get_lost_writes_that_fail_and_actors_that_end_break_no_promise(long seed)
      throws Exception {
    ActorRun.Result result = new ActorRun(seed, RATE, STORMS).run();
    assertThat(result.left()).isEmpty();
    assertThat(result.verdict().isGood()).as(result.verdict().report()).isTrue();
    Demands demands = Demands.ofOperations(2_000);
    for (FaultKind kind : FaultKind.values()) {
      if (kind != FaultKind.NODE_REPLACED && kind != FaultKind.READ_FAILED) {
        demands = demands.withFault(kind.name(), 1);
      }
    }
    assertThat(demands.shortfalls(result.coverage())).isEmpty();
  }
}
