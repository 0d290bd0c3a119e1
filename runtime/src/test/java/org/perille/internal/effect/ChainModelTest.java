package org.perille.internal.effect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Chains of topics promise that each message has its effect once and is published once, in order,
 * whatever fails. More seeds are tried with {@code -Dperille.seeds=10000}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChainModelTest {
  private static final int STEPS = 4000;

  private final Mark.Tally marks = new Mark.Tally();
  private ActorTestKit kit;

  /** Nothing runs on it; it only knows how to make bytes of things. */
  @BeforeAll
  void start() {
    kit = ActorTestKit.create("ChainModelTest");
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
  void each_message_has_its_effects_and_is_published_once_in_order_whatever_fails(long seed) {
    try {
      ChainModel chain = new ChainModel(seed, kit.system(), marks);
      chain.run(STEPS);
      chain.drain();
      chain.ledgers().forEach(ChainLedger::check);
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }
}
