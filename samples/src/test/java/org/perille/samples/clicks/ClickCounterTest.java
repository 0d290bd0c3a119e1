package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ClickCounterTest {
  private final ClickCounter counter = new ClickCounter(CrashPoint.none());

  @Test
  void every_event_is_one_more_from_its_country() {
    Clicks clicks = counter.emptyState();
    for (String country : new String[] {"FI", "DE", "FI"}) {
      clicks = counter.apply(clicks, new Counted(country));
    }
    assertThat(clicks).isEqualTo(new Clicks(3, new TreeMap<>(Map.of("FI", 2L, "DE", 1L))));
    assertThat(clicks.text()).isEqualTo("3 clicks: DE 1, FI 2");
  }

  @Test
  void a_state_does_not_change_when_the_next_one_is_made() {
    SortedMap<String, Long> given = new TreeMap<>(Map.of("FI", 1L));
    Clicks one = new Clicks(1, given);
    counter.apply(one, new Counted("FI"));
    given.put("DE", 5L);
    assertThat(one).isEqualTo(new Clicks(1, new TreeMap<>(Map.of("FI", 1L))));
  }
}
