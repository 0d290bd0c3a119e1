package org.perille.internal.partition;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OffsetTimesTest {
  private final OffsetTimes times = new OffsetTimes();

  @Test
  void the_time_of_an_offset_is_that_of_its_batch() {
    times.append(0, 100);
    times.append(5, 200);
    times.append(9, 300);
    assertThat(times.timeOf(0, 999)).isEqualTo(100);
    assertThat(times.timeOf(4, 999)).isEqualTo(100);
    assertThat(times.timeOf(5, 999)).isEqualTo(200);
    assertThat(times.timeOf(8, 999)).isEqualTo(200);
    assertThat(times.timeOf(1_000, 999)).isEqualTo(300);
  }

  @Test
  void an_offset_before_the_first_known_batch_is_at_least_as_old() {
    times.append(50, 100);
    assertThat(times.timeOf(7, 999)).isEqualTo(100);
    assertThat(new OffsetTimes().timeOf(7, 999)).isEqualTo(999);
  }

  @Test
  void the_error_of_an_age_is_a_small_part_of_it_after_millions_of_batches() {
    long now = 3_000_000;
    for (long batch = 0; batch <= now; batch++) {
      times.append(batch, batch);
    }
    for (long offset = 1; offset < now; offset += 997) {
      long age = now - offset;
      long found = now - times.timeOf(offset, now);
      assertThat(found).isBetween(age, age + Math.max(1_000, age / 8));
    }
  }

  @Test
  void years_of_rare_batches_need_no_more_memory() {
    long hour = 3_600_000;
    for (long batch = 0; batch < 100_000; batch++) {
      times.append(batch, batch * hour);
    }
    long now = 100_000 * hour;
    long found = now - times.timeOf(50_000, now);
    assertThat(found).isBetween(50_000 * hour, 50_000 * hour + 50_000 * hour / 8);
  }
}
