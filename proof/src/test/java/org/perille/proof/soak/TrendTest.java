package org.perille.proof.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static final String FIGURE = "rows of a table";

  @Test
  void a_figure_that_stays_is_flat() {
    assertThat(Trend.growing(samples(round -> 1_000))).isEmpty();
  }

  @Test
  void a_figure_that_goes_up_and_down_is_flat() {
    assertThat(Trend.growing(samples(round -> 1_000 + 300 * (round % 3)))).isEmpty();
  }

  @Test
  void a_figure_that_grows_to_its_bound_in_the_first_half_is_flat() {
    assertThat(Trend.growing(samples(round -> Math.min(10_000, 1_000 * round)))).isEmpty();
  }

  @Test
  void a_figure_that_grows_with_every_round_is_named() {
    assertThat(Trend.growing(samples(round -> 100 * round)))
        .singleElement()
        .asString()
        .startsWith(FIGURE + " grows");
  }

  @Test
  void a_figure_that_is_there_in_later_rounds_only_grows() {
    List<Sample> samples =
        IntStream.rangeClosed(1, 20)
            .mapToObj(
                round ->
                    new Sample(
                        round, round, round > 15 ? Map.of(FIGURE, 1_000.0) : Map.of(), Map.of()))
            .toList();
    assertThat(Trend.growing(samples)).hasSize(1);
  }

  @Test
  void a_figure_may_grow_to_its_bound_and_not_beyond_it() {
    String bounded = Sample.EVENTS_TO_REPLAY;
    double bound = Sample.bound(bounded);

    assertThat(Trend.growing(samples(bounded, round -> bound * round / 20))).isEmpty();
    assertThat(Trend.growing(samples(bounded, round -> bound * round / 10))).hasSize(1);
  }

  @Test
  void a_few_rounds_have_no_trend() {
    assertThatThrownBy(() -> Trend.growing(samples(round -> 1).subList(0, 3)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static List<Sample> samples(IntToDoubleFunction figure) {
    return samples(FIGURE, figure);
  }

  private static List<Sample> samples(String name, IntToDoubleFunction figure) {
    return IntStream.rangeClosed(1, 20)
        .mapToObj(
            round -> new Sample(round, round, Map.of(name, figure.applyAsDouble(round)), Map.of()))
        .toList();
  }
}
