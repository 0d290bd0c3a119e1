package org.perille.samples.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class VerdictTest {
  private static final long OPENING = Balance.OPENING_CENTS;

  private final Audit audit = new Audit();

  private void seen(int transfer, long cents, int offset, long atMillis) {
    audit.add(new Sighting(transfer, cents < 0, cents, 0, offset, atMillis));
  }

  private Verdict verdict(boolean naive, Balance... balances) {
    return new Verdict(balances.length * OPENING, 10, List.of(balances), audit, naive);
  }

  @Test
  void whole_transfers_hold_also_if_they_were_delivered_twice() {
    seen(1, -500, 1, 1_000);
    seen(1, 500, 7, 3_500);
    seen(1, -500, 1, 9_000);
    Verdict verdict = verdict(false, Balance.OPENING.after(-500), Balance.OPENING.after(500));
    assertThat(verdict.holds()).as(verdict.text()).isTrue();
    assertThat(verdict.text())
        .contains("1 of them are whole", "9 of them left nothing", "nothing is missing")
        .contains("at most 2.5 s after");
  }

  @Test
  void a_half_is_what_the_naive_way_loses_and_a_transaction_must_not() {
    seen(1, -500, 1, 1_000);
    Balance[] balances = {Balance.OPENING.after(-500), Balance.OPENING};
    assertThat(verdict(false, balances).holds()).isFalse();
    assertThat(verdict(true, balances).holds()).isTrue();
    assertThat(verdict(true, balances).text())
        .contains("5.00 are missing")
        .contains("lost the credits of 1 transfers");
    assertThat(audit.oldestHalfMillis(3_000)).isEqualTo(2_000);
  }

  @Test
  void a_booking_that_is_stored_twice_breaks_both() {
    seen(1, -500, 1, 1_000);
    seen(1, -500, 2, 1_000);
    seen(1, 500, 3, 1_000);
    Balance[] balances = {Balance.OPENING.after(-1_000), Balance.OPENING.after(500)};
    assertThat(verdict(false, balances).holds()).isFalse();
    assertThat(verdict(true, balances).holds()).isFalse();
    assertThat(verdict(true, balances).text()).contains("BROKEN");
  }

  @Test
  void a_balance_that_was_below_zero_or_money_that_is_unexplained_breaks_it() {
    Balance low = Balance.OPENING.after(-OPENING - 1).after(OPENING + 1);
    assertThat(verdict(false, low).holds()).isFalse();
    assertThat(verdict(false, Balance.OPENING.after(1)).holds()).isFalse();
  }
}
