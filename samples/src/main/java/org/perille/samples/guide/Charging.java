package org.perille.samples.guide;

import org.perille.Effect;
import org.perille.OutsideCall;
import org.perille.PerilleMessage;
import org.perille.Subscription;

/** Charges a trip with a provider outside. */
final class Charging {
  /** The provider. It charges once for each idempotency key, and repeats its first answer. */
  interface Provider {
    boolean charge(String idempotencyKey, int price);
  }

  record Answer(boolean paid) implements PerilleMessage {}

  static Subscription<TripSaga.Charge> charging(Provider provider) {
    return Subscription.of("charging", TripSaga.CHARGES)
        .atLeastOnce(
            OutsideCall.of(
                d -> new Answer(provider.charge(d.deliveryId(), d.payload().price())),
                (d, answer) ->
                    Effect.none()
                        .publish(
                            TripSaga.TRIPS,
                            answer.paid()
                                ? new TripSaga.Paid(d.payload().trip())
                                : new TripSaga.NotPaid(d.payload().trip()))));
  }

  private Charging() {}
}
