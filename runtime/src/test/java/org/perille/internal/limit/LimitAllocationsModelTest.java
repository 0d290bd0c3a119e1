package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumMap;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Goal: the sum of the shares never exceeds the limit. {@code -Dperille.seeds=10000} tries more
 * seeds.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitAllocationsModelTest {
  private final Map<AllocationModel.Mark, Integer> marks =
      new EnumMap<>(AllocationModel.Mark.class);

  static LongStream seeds() {
    return LongStream.rangeClosed(1, Long.getLong("perille.seeds", 50));
  }

  @AfterAll
  void everything_has_happened() {
    assertThat(marks).containsOnlyKeys(AllocationModel.Mark.values());
  }

  private void run(long seed, AllocationModel.Weather weather) {
    AllocationModel model = new AllocationModel(seed, weather);
    try {
      model.run(200);
      model.calmDown();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
    model.marks().forEach((mark, times) -> marks.merge(mark, times, Integer::sum));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void shares_are_never_more_than_the_limit_whatever_fails_and_all_get_on_afterwards(long seed) {
    run(seed, AllocationModel.Weather.ROUGH);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void while_nobody_is_cut_off_no_more_handlers_run_than_may_though_the_coordinator_moves(
      long seed) {
    run(seed, AllocationModel.Weather.MILD);
  }
}
