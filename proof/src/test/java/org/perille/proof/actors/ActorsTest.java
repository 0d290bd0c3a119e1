package org.perille.proof.actors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The guarantees hold whatever fails. {@code proof/run actors} tries more seeds. */
class ActorsTest {
  private static final long SEED = 1;
  private static final int RATE = 40;
  private static final Duration STORMS = Duration.ofSeconds(2);

  /** Doesn't require full coverage. Two seconds of a slow machine may not contain everything. */
  @Test
  void messages_that_get_lost_writes_that_fail_and_actors_that_end_break_no_promise()
      throws Exception {
    ActorSuite suite = new ActorSuite(RATE, STORMS, Path.of("target/actors"), System.out);
    boolean good = suite.run(SEED);
    boolean unused = suite.report();
    assertThat(good).as("what the suite did is in the output above").isTrue();
  }
}
