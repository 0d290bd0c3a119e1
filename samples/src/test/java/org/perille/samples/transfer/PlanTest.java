package org.perille.samples.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PlanTest {
  @Test
  void no_account_is_debited_with_more_than_its_opening_balance() {
    Map<String, Long> debited = new HashMap<>();
    for (Plan.Transfer transfer : new Plan(5, 2_000, 1).transfers()) {
      assertThat(transfer.from()).isNotEqualTo(transfer.to());
      assertThat(transfer.debit().cents() + transfer.credit().cents()).isZero();
      debited.merge(transfer.from(), transfer.cents(), Long::sum);
    }
    assertThat(debited.values())
        .allMatch(cents -> cents <= Balance.OPENING_CENTS)
        .contains(Balance.OPENING_CENTS);
  }

  @Test
  void a_seed_always_has_the_same_transfers() {
    assertThat(new Plan(10, 100, 3).transfers()).isEqualTo(new Plan(10, 100, 3).transfers());
    assertThat(new Plan(10, 100, 3).transfers()).isNotEqualTo(new Plan(10, 100, 4).transfers());
  }
}
