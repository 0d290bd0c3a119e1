package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrafficTest {
  private final Traffic traffic = new Traffic(10_000, 200, 7);

  @Test
  void the_nth_click_is_the_same_whoever_asks_and_in_whatever_order() {
    Traffic other = new Traffic(10_000, 200, 7);
    Click last = other.click(9_999);
    Click first = other.click(0);
    assertThat(traffic.click(0)).isEqualTo(first);
    assertThat(traffic.click(9_999)).isEqualTo(last);
  }

  @Test
  void another_seed_is_another_traffic() {
    assertThat(new Traffic(10_000, 200, 8).total()).isNotEqualTo(traffic.total());
  }

  @Test
  void no_two_links_have_the_same_code() {
    assertThat(new Traffic(1, 10_000, 1).links())
        .doesNotHaveDuplicates()
        .allMatch(code -> code.matches("[0-9a-z]{4}"));
  }

  @Test
  void one_link_is_hot_and_the_second_is_clicked_about_half_as_often() {
    Map<String, Clicks> total = traffic.total();
    long first = total.get(traffic.links().get(0)).total();
    long second = total.get(traffic.links().get(1)).total();
    assertThat(first).isBetween(1_500L, 1_900L);
    assertThat((double) first / second).isBetween(1.7, 2.3);
  }

  @Test
  void the_total_is_what_counting_the_clicks_gives() {
    Map<String, Long> counted = new HashMap<>();
    for (int number = 0; number < traffic.clicks(); number++) {
      counted.merge(traffic.click(number).link(), 1L, Long::sum);
    }
    traffic
        .total()
        .forEach(
            (link, clicks) -> {
              assertThat(clicks.total()).isEqualTo(counted.getOrDefault(link, 0L));
              assertThat(clicks.byCountry().values().stream().mapToLong(n -> n).sum())
                  .isEqualTo(clicks.total());
            });
    assertThat(traffic.total().keySet()).containsAll(counted.keySet());
  }
}
