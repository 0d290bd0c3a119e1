package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final Map<String, Clicks> PUBLISHED =
      Map.of("hot", clicks(5), "warm", clicks(3), "cold", Clicks.NONE);
  private static final Map<String, Long> ALL = Map.of("hot", 5L, "warm", 3L);

  @Test
  void counters_that_say_what_was_published_are_exact() {
    Verdict verdict = verdict(PUBLISHED, ALL, ALL);
    assertThat(verdict.holds()).isTrue();
    assertThat(verdict.text())
        .containsPattern("event-sourced +8 +8 +0 +0 of 3 +exact")
        .contains("'event-sourced' is exact for each of 3 links.")
        .contains("'work, then cursor' was lucky.")
        .contains("'cursor, then work' was lucky.");
  }

  @Test
  void naive_counters_are_wrong_by_what_they_say_too_much_or_too_little() {
    Verdict verdict = verdict(PUBLISHED, Map.of("hot", 7L, "warm", 3L), Map.of("hot", 4L));
    assertThat(verdict.holds()).isTrue();
    assertThat(verdict.text())
        .containsPattern("work, then cursor +8 +10 +\\+2 +1 of 3 +too many")
        .containsPattern("cursor, then work +8 +4 +-4 +2 of 3 +too few")
        .contains("'work, then cursor' has counted 2 clicks twice.")
        .contains("'cursor, then work' has lost 4 clicks.");
  }

  @Test
  void one_click_too_many_does_not_make_up_for_one_too_few() {
    Verdict verdict =
        verdict(Map.of("hot", clicks(6), "warm", clicks(2), "cold", Clicks.NONE), ALL, ALL);
    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.text())
        .containsPattern("event-sourced +8 +8 +0 +2 of 3 +wrong")
        .contains("'event-sourced' is NOT exact: 2 links are wrong.")
        .contains("'hot' has 6 clicks: FI 6; published: 5 clicks: FI 5");
  }

  @Test
  void a_click_from_the_wrong_country_is_found() {
    Verdict verdict =
        verdict(
            Map.of(
                "hot", new Clicks(5, new TreeMap<>(Map.of("FI", 4L, "DE", 1L))), "warm", clicks(3)),
            ALL,
            ALL);
    assertThat(verdict.holds()).isFalse();
  }

  @Test
  void a_link_that_nobody_has_clicked_is_found() {
    Verdict verdict =
        verdict(Map.of("hot", clicks(5), "warm", clicks(3), "other", clicks(1)), ALL, ALL);
    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.text()).contains("'other' was never published");
  }

  @Test
  void a_click_that_at_least_once_has_lost_breaks_a_promise() {
    Verdict verdict = verdict(PUBLISHED, Map.of("hot", 9L, "warm", 2L), ALL);
    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.text()).contains("BROKEN: 'work, then cursor' has lost clicks of 'warm'");
  }

  @Test
  void a_click_that_at_most_once_has_counted_twice_breaks_a_promise() {
    Verdict verdict = verdict(PUBLISHED, ALL, Map.of("hot", 1L, "warm", 4L));
    assertThat(verdict.holds()).isFalse();
    assertThat(verdict.text())
        .contains("BROKEN: 'cursor, then work' has counted clicks of 'warm' twice");
  }

  private static Verdict verdict(
      Map<String, Clicks> exact, Map<String, Long> workFirst, Map<String, Long> cursorFirst) {
    return new Verdict(new Verdict.Counts(PUBLISHED, exact, workFirst, cursorFirst));
  }

  private static Clicks clicks(long number) {
    return new Clicks(number, new TreeMap<>(Map.of("FI", number)));
  }
}
