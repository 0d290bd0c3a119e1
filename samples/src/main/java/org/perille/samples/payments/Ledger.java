package org.perille.samples.payments;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;

/**
 * The accounts' balances.
 *
 * <p>It books a payment and publishes the booking, or refuses it, and replies in both cases. All of
 * this is one write.
 */
final class Ledger implements EventSourcedHandler<PaymentRequested, Account, LedgerEvent> {
  /** The opening balance of an account: enough for most of its payments, but not for all. */
  static final long OPENING_BALANCE_IN_CENTS = 50_000;

  @Override
  public Class<Account> stateType() {
    return Account.class;
  }

  @Override
  public Class<LedgerEvent> eventType() {
    return LedgerEvent.class;
  }

  @Override
  public Account emptyState() {
    return new Account(OPENING_BALANCE_IN_CENTS, 0, 0);
  }

  @Override
  public Effect<LedgerEvent> handle(Account account, Delivery<PaymentRequested> delivery) {
    PaymentRequested request = delivery.payload();
    String id = request.paymentId();
    long amount = request.amountInCents();
    long left = account.balanceInCents() - amount;
    if (left < 0) {
      return Effect.<LedgerEvent>of(new LedgerEvent.Refused(id, amount))
          .reply(new Decision(id, false, account.balanceInCents()));
    }
    return Effect.<LedgerEvent>of(new LedgerEvent.Booked(id, amount))
        .publish(Services.BOOKINGS, new PaymentBooked(id, request.account(), amount, left))
        .reply(new Decision(id, true, left));
  }

  @Override
  public Account apply(Account account, LedgerEvent event) {
    if (event instanceof LedgerEvent.Booked booked) {
      return new Account(
          account.balanceInCents() - booked.amountInCents(),
          account.booked() + 1,
          account.refused());
    }
    return new Account(account.balanceInCents(), account.booked(), account.refused() + 1);
  }
}
