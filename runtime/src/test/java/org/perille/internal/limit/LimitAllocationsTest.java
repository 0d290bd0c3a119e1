package org.perille.internal.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.perille.internal.limit.LeaseReport.Need;

class LimitAllocationsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** A time at which a coordinator that began at 0 may grant new shares. */
  private static final long LATER = 6 * SECOND;

  private final LimitAllocations shares = new LimitAllocations(0);
  private final Map<String, Long> numbers = new HashMap<>();
  private int limit = 6;
  private boolean mayGive = true;

  private LeaseGranted ask(String node, long now, double held, double inUse, double wanted) {
    return shares
        .answer(
            new LeaseReport(
                node,
                numbers.merge(node, 1L, Long::sum),
                Optional.of(new Need(limit, held, inUse, wanted)),
                Optional.empty()),
            mayGive,
            now)
        .orElseThrow();
  }

  private int permits(String node, long now, double held, double inUse, double wanted) {
    return ask(node, now, held, inUse, wanted).permits();
  }

  /** Sends a report, so that the coordinator doesn't take itself for a paused one. */
  private void begin() {
    for (long now = 0; now < LATER; now += SECOND) {
      permits("observer", now, 0, 0, 0);
    }
  }

  private double rate(String node, long now, double held, double wanted) {
    return shares
        .answer(
            new LeaseReport(
                node,
                numbers.merge(node, 1L, Long::sum),
                Optional.empty(),
                Optional.of(new Need(100, held, 0, wanted))),
            true,
            now)
        .orElseThrow()
        .rate();
  }

  @Test
  void a_new_coordinator_gives_nothing_and_renews_what_nodes_hold_as_far_as_the_limit_allows() {
    assertThat(permits("a", SECOND, 4, 4, 6)).isEqualTo(4);
    assertThat(permits("b", SECOND, 0, 0, 6)).isZero();
    assertThat(permits("c", SECOND, 3, 0, 6)).isEqualTo(2);
    assertThat(permits("b", 5 * SECOND, 0, 0, 6)).isZero();
  }

  @Test
  void what_a_node_gives_up_is_free_when_it_says_so_and_uses_no_more() {
    limit = 7;
    begin();
    assertThat(permits("a", LATER, 0, 0, 7)).isEqualTo(6);
    assertThat(permits("b", LATER, 0, 0, 7)).isEqualTo(1);
    LeaseGranted smaller = ask("a", LATER, 6, 6, 7);
    assertThat(smaller.permits()).isEqualTo(3);
    assertThat(smaller.askAgainAfter()).isLessThan(Duration.ofSeconds(1));
    assertThat(permits("b", LATER, 1, 1, 7)).isEqualTo(1);
    permits("a", LATER, 3, 5, 7);
    assertThat(permits("b", LATER, 1, 1, 7)).isEqualTo(2);
    permits("a", LATER, 3, 4, 7);
    assertThat(permits("b", LATER, 2, 2, 7)).isEqualTo(3);
  }

  @Test
  void a_node_that_is_heard_no_more_loses_its_share_when_it_has_run_out() {
    begin();
    assertThat(permits("a", LATER, 0, 0, 6)).isEqualTo(5);
    for (int i = 0; i <= 5; i++) {
      permits("b", LATER + i * SECOND, 1, 0, 6);
    }
    assertThat(permits("b", LATER + 6 * SECOND, 1, 0, 6)).isEqualTo(6);
  }

  @Test
  void a_coordinator_that_has_heard_nothing_for_long_begins_anew() {
    begin();
    assertThat(permits("b", LATER + 6 * SECOND, 0, 0, 6)).isZero();
    assertThat(permits("b", LATER + 11 * SECOND, 0, 0, 6)).isZero();
    assertThat(permits("b", LATER + 12 * SECOND, 0, 0, 6)).isPositive();
  }

  @Test
  void while_a_node_can_not_be_reached_all_keep_what_they_have() {
    begin();
    assertThat(permits("a", LATER, 0, 0, 2)).isEqualTo(3);
    mayGive = false;
    assertThat(permits("a", LATER, 3, 3, 0)).isEqualTo(3);
    assertThat(permits("b", LATER, 0, 0, 6)).isZero();
  }

  @Test
  void a_question_that_was_overtaken_has_no_answer() {
    begin();
    ask("a", LATER, 0, 0, 6);
    numbers.put("a", 0L);
    assertThat(
            shares.answer(new LeaseReport("a", 1, Optional.empty(), Optional.empty()), true, LATER))
        .isEmpty();
  }

  @Test
  void while_a_limit_is_being_changed_the_lower_one_holds() {
    begin();
    limit = 2;
    assertThat(permits("a", LATER, 0, 0, 9)).isEqualTo(1);
  }

  @Test
  void a_node_without_work_keeps_a_tenth_of_its_part_of_the_rate() {
    begin();
    assertThat(rate("busy", LATER, 0, 200)).isEqualTo(100);
    assertThat(rate("idle", LATER, 0, 0)).isZero();
    assertThat(rate("busy", LATER, 100, 200)).isEqualTo(95);
    assertThat(rate("idle", LATER, 0, 0)).isZero();
    rate("busy", LATER, 95, 200);
    assertThat(rate("idle", LATER, 0, 0)).isEqualTo(5);
  }

  @Test
  void with_one_permit_for_three_it_is_everybodys_turn() {
    begin();
    limit = 1;
    Map<String, Integer> held = new HashMap<>();
    Map<String, Integer> rotation = new HashMap<>();
    for (long now = LATER; now < LATER + 30 * SECOND; now += SECOND / 4) {
      for (String node : new String[] {"a", "b", "c"}) {
        int had = held.getOrDefault(node, 0);
        int has = permits(node, now, had, 0, 1);
        if (has > had) {
          rotation.merge(node, 1, Integer::sum);
        }
        held.put(node, has);
        assertThat(held.values().stream().mapToInt(Integer::intValue).sum()).isLessThanOrEqualTo(1);
      }
    }
    assertThat(rotation).containsOnlyKeys("a", "b", "c");
    assertThat(rotation.values()).allMatch(count -> count >= 3);
  }

  @Test
  void a_permit_that_others_wait_for_is_passed_on_and_otherwise_stays() {
    begin();
    limit = 1;
    long now = LATER;
    assertThat(permits("a", now, 0, 0, 1)).isEqualTo(1);
    for (int i = 0; i < 20; i++) {
      now += SECOND;
      assertThat(permits("a", now, 1, 1, 1)).isEqualTo(1);
    }
    permits("b", now, 0, 0, 1);
    assertThat(permits("a", now, 1, 1, 1)).isEqualTo(1);
    now += 2 * SECOND;
    permits("b", now, 0, 0, 1);
    assertThat(permits("a", now, 1, 1, 1)).isZero();
    assertThat(permits("b", now, 0, 0, 1)).isZero();
    permits("a", now, 0, 0, 1);
    assertThat(permits("b", now, 0, 0, 1)).isEqualTo(1);
  }
}
