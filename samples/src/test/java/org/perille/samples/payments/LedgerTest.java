package org.perille.samples.payments;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.MessageId;

class LedgerTest {
  private final Ledger ledger = new Ledger();

  @Test
  void an_account_begins_with_its_opening_balance() {
    assertThat(ledger.emptyState()).isEqualTo(new Account(Ledger.OPENING_BALANCE_IN_CENTS, 0, 0));
  }

  @Test
  void a_payment_that_the_account_can_pay_is_booked_published_and_accepted() {
    Effect<LedgerEvent> effect = ledger.handle(new Account(1_000, 3, 1), payment("p", 400));

    assertThat(effect.events()).containsExactly(new LedgerEvent.Booked("p", 400));
    assertThat(effect.publications())
        .containsExactly(
            new Effect.Publication<>(
                Services.BOOKINGS, new PaymentBooked("p", "account", 400, 600), Map.of()));
    assertThat(effect.reply()).contains(new Decision("p", true, 600));
  }

  @Test
  void a_payment_that_would_overdraw_the_account_is_refused_and_nothing_is_charged() {
    Effect<LedgerEvent> effect = ledger.handle(new Account(399, 3, 1), payment("p", 400));

    assertThat(effect.events()).containsExactly(new LedgerEvent.Refused("p", 400));
    assertThat(effect.publications()).isEmpty();
    assertThat(effect.reply()).contains(new Decision("p", false, 399));
  }

  @Test
  void an_account_can_be_emptied_to_the_cent() {
    Effect<LedgerEvent> effect = ledger.handle(new Account(400, 3, 1), payment("p", 400));
    assertThat(effect.reply()).contains(new Decision("p", true, 0));
  }

  @Test
  void a_booking_takes_its_amount_out_and_a_refusal_takes_nothing() {
    Account account = new Account(1_000, 3, 1);
    assertThat(ledger.apply(account, new LedgerEvent.Booked("p", 400)))
        .isEqualTo(new Account(600, 4, 1));
    assertThat(ledger.apply(account, new LedgerEvent.Refused("p", 4_000)))
        .isEqualTo(new Account(1_000, 3, 2));
  }

  @Test
  void deciding_changes_nothing_so_that_it_can_be_repeated() {
    Account account = new Account(1_000, 0, 0);
    Effect<LedgerEvent> first = ledger.handle(account, payment("p", 600));
    Effect<LedgerEvent> again = ledger.handle(account, payment("p", 600));

    assertThat(again.events()).isEqualTo(first.events());
    assertThat(again.publications()).isEqualTo(first.publications());
    assertThat(again.reply()).isEqualTo(first.reply());
  }

  @Test
  void replaying_the_events_of_a_plan_gives_its_balances() {
    Plan plan = Plan.of(new Plan.Settings(7, 400, 3));
    Map<String, Account> accounts = new HashMap<>();
    for (PaymentRequested request : plan.requests()) {
      Account before = accounts.getOrDefault(request.account(), ledger.emptyState());
      Effect<LedgerEvent> effect = ledger.handle(before, delivery(request));
      assertThat(effect.reply()).contains(plan.decision(request.paymentId()));
      accounts.put(
          request.account(), effect.events().stream().reduce(before, ledger::apply, (a, b) -> b));
    }
    accounts.forEach(
        (name, account) ->
            assertThat(plan.balances()).containsEntry(name, account.balanceInCents()));
    assertThat(accounts.values()).extracting(Account::refused).contains(1L);
  }

  private static Delivery<PaymentRequested> payment(String id, long amount) {
    return delivery(new PaymentRequested(id, "account", amount));
  }

  private static Delivery<PaymentRequested> delivery(PaymentRequested request) {
    return Delivery.builder(request)
        .subscription("ledger")
        .topic("payment-requests")
        .key(request.account())
        .messageId(MessageId.of(request.paymentId()))
        .build();
  }
}
