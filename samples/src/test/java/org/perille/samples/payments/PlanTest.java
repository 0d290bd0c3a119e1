package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlanTest {
  @Test
  void a_seed_gives_the_same_plan_again_and_another_seed_another_one() {
    Plan plan = Plan.of(new Plan.Settings(3, 200, 4));
    Plan same = Plan.of(new Plan.Settings(3, 200, 4));
    Plan other = Plan.of(new Plan.Settings(4, 200, 4));

    assertThat(same.requests()).isEqualTo(plan.requests());
    assertThat(same.crashes()).isEqualTo(plan.crashes());
    assertThat(same.balances()).isEqualTo(plan.balances());
    assertThat(copies(same)).isEqualTo(copies(plan));
    assertThat(other.requests()).isNotEqualTo(plan.requests());
    assertThat(copies(other)).isNotEqualTo(copies(plan));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, -1, Long.MAX_VALUE})
  void every_crash_is_at_a_payment_that_is_charged(long seed) {
    Plan plan = Plan.of(new Plan.Settings(seed, 1_020, 50));

    assertThat(plan.crashes()).hasSize(50);
    assertThat(plan.crashes())
        .allMatch(crash -> plan.decision(crash.paymentId()).accepted())
        .extracting(Plan.Crash::paymentId)
        .doesNotHaveDuplicates();
  }

  @Test
  void the_client_reaches_each_crash_and_not_the_one_after_it() {
    Plan plan = Plan.of(new Plan.Settings(1, 120, 5));
    for (Plan.Crash crash : plan.crashes()) {
      List<String> asked =
          plan.requestsUntilCrash(crash.number() - 1).stream()
              .map(PaymentRequested::paymentId)
              .toList();
      assertThat(asked).contains(crash.paymentId());
      plan.crashAfter(crash.number())
          .ifPresent(next -> assertThat(asked).doesNotContain(next.paymentId()));
    }
    assertThat(plan.requestsUntilCrash(5)).isEqualTo(plan.requests());
    assertThat(plan.crashAfter(5)).isEmpty();
  }

  @Test
  void it_has_every_kind_of_crash_and_of_repetition_and_payments_that_are_refused() {
    Plan plan = Plan.of(new Plan.Settings(1, 1_000, 5));

    assertThat(plan.crashes()).extracting(Plan.Crash::killed).contains(true, false);
    assertThat(plan.crashes()).extracting(Plan.Crash::pushLost).contains(true, false);
    assertThat(copies(plan)).extracting(List::size).contains(0, 1, 2);
    assertThat(copies(plan).stream().flatMap(List::stream)).contains(Plan.Copy.values());
    assertThat(plan.booked().size()).isBetween(500, 999);
  }

  @Test
  void too_few_payments_for_the_crashes_are_refused() {
    assertThatThrownBy(() -> new Plan.Settings(1, 119, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("119 payments are too few for 5 crashes");
  }

  private static List<List<Plan.Copy>> copies(Plan plan) {
    return plan.requests().stream().map(request -> plan.copies(request.paymentId())).toList();
  }
}
