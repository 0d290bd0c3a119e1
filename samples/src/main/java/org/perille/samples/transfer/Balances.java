package org.perille.samples.transfer;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;

/** The balances of the accounts. */
final class Balances implements EventSourcedHandler<Booking, Balance, Booked> {
  @Override
  public Class<Balance> stateType() {
    return Balance.class;
  }

  @Override
  public Class<Booked> eventType() {
    return Booked.class;
  }

  @Override
  public Balance emptyState() {
    return Balance.OPENING;
  }

  @Override
  public Effect<Booked> handle(Balance balance, Delivery<Booking> delivery) {
    Booking booking = delivery.payload();
    return Effect.of(new Booked(booking.transfer(), booking.cents()));
  }

  @Override
  public Balance apply(Balance balance, Booked event) {
    return balance.after(event.cents());
  }
}
