package org.perille.persistence.evolution;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.persistence.evolution.AccountEvent.Charged;
import org.perille.persistence.evolution.AccountEvent.Refunded;

/** Version 2 of the handler. */
class Accounts implements EventSourcedHandler<Payment, Balance, AccountEvent> {
  @Override
  public Class<Balance> stateType() {
    return Balance.class;
  }

  @Override
  public Class<AccountEvent> eventType() {
    return AccountEvent.class;
  }

  @Override
  public Balance emptyState() {
    return new Balance(0, 0);
  }

  @Override
  public Effect<AccountEvent> handle(Balance state, Delivery<Payment> delivery) {
    long cents = delivery.payload().euros() * 100L;
    AccountEvent event = cents < 0 ? new Refunded(-cents, "EUR") : new Charged(cents, "EUR");
    return Effect.of(event).reply(new Accepted(state.payments() + 1));
  }

  @Override
  public Balance apply(Balance state, AccountEvent event) {
    long cents = event instanceof Charged charged ? charged.cents() : -((Refunded) event).cents();
    return new Balance(state.cents() + cents, state.payments() + 1);
  }
}
