package org.perille.sharding.internal.region;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final Set<String> ALL = Set.of("0", "1", "2");

  private final Placement placement = new Placement();

  /** Returns the number of checks until a shard is taken for lost. */
  private int checksUntilLost(Set<String> found) {
    int checks = 1;
    while (placement.on(ALL, found).lost().isEmpty()) {
      checks++;
      assertThat(checks).isLessThan(1_000);
    }
    return checks;
  }

  @Test
  void shards_that_are_all_there_are_neither_missing_nor_lost() {
    assertThat(placement.on(ALL, Set.of("0", "1", "2", "another")))
        .isEqualTo(new Placement.Finding(Set.of(), Set.of()));
  }

  @Test
  void a_shard_that_moves_is_missing_and_not_lost() {
    for (int move = 0; move < 10; move++) {
      for (int check = 1; check < Placement.CHECKS; check++) {
        assertThat(placement.on(ALL, Set.of("0", "2")))
            .isEqualTo(new Placement.Finding(Set.of("1"), Set.of()));
      }
      assertThat(placement.on(ALL, ALL).missing()).isEmpty();
    }
  }

  @Test
  void shards_that_move_one_after_the_other_are_not_lost() {
    for (int check = 0; check < 100; check++) {
      assertThat(placement.on(ALL, check % 2 == 0 ? Set.of("0", "1") : Set.of("0", "2")).lost())
          .isEmpty();
    }
  }

  @Test
  void a_shard_that_stays_away_is_lost_and_the_others_are_not() {
    for (int check = 1; check < Placement.CHECKS; check++) {
      placement.on(ALL, Set.of("0", "2"));
    }
    assertThat(placement.on(ALL, Set.of("0")))
        .isEqualTo(new Placement.Finding(Set.of("1", "2"), Set.of("1")));
  }

  @Test
  void checks_before_a_known_reason_do_not_count() {
    for (int check = 1; check < Placement.CHECKS; check++) {
      placement.on(ALL, Set.of());
    }
    placement.forget();
    assertThat(checksUntilLost(Set.of())).isEqualTo(Placement.CHECKS);
  }

  @Test
  void attempts_in_vain_become_rarer_up_to_a_bound_and_start_anew_after_a_success() {
    assertThat(checksUntilLost(Set.of())).isEqualTo(Placement.CHECKS);
    assertThat(checksUntilLost(Set.of())).isEqualTo(2 * Placement.CHECKS);
    for (int attempt = 0; attempt < 5; attempt++) {
      checksUntilLost(Set.of());
    }
    assertThat(checksUntilLost(Set.of())).isEqualTo(Placement.MAX_CHECKS);
    placement.on(ALL, ALL);
    assertThat(checksUntilLost(Set.of())).isEqualTo(Placement.CHECKS);
  }
}
