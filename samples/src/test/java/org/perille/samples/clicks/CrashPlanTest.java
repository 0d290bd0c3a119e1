package org.perille.samples.clicks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrashPlanTest {
  @ParameterizedTest
  @CsvSource({"20000,6,1", "100,50,2", "51,50,3", "1000000,50,4", "100,0,5"})
  void every_crash_comes_within_the_clicks_that_its_life_publishes(
      int clicks, int crashes, long seed) {
    CrashPlan plan = new CrashPlan(clicks, crashes, seed);
    int before = 0;
    for (int life = 0; life < crashes; life++) {
      assertThat(plan.crashOf(life).orElseThrow().pass())
          .isBetween(1, plan.publishedBy(life) - before);
      before = plan.publishedBy(life);
    }
    assertThat(plan.publishedBy(crashes)).isEqualTo(clicks);
    assertThat(plan.crashOf(crashes)).isEmpty();
  }

  @Test
  void as_many_crashes_as_there_are_places_hit_every_place() {
    int places = Crash.Place.values().length;
    CrashPlan plan = new CrashPlan(1000, places, 1);
    Set<Crash.Place> hit = EnumSet.noneOf(Crash.Place.class);
    for (int life = 0; life < places; life++) {
      hit.add(plan.crashOf(life).orElseThrow().place());
    }
    assertThat(hit).containsExactlyInAnyOrder(Crash.Place.values());
  }

  @Test
  void the_same_seed_plans_the_same_crashes_and_another_one_others() {
    CrashPlan plan = new CrashPlan(100_000, 6, 1);
    assertThat(new CrashPlan(100_000, 6, 1).crashOf(3)).isEqualTo(plan.crashOf(3));
    assertThat(new CrashPlan(100_000, 6, 2).crashOf(3)).isNotEqualTo(plan.crashOf(3));
  }
}
