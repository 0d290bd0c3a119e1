package org.perille.samples.payments;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.OutsideCall;
import org.perille.Subscription;
import org.perille.persistence.JdbcHandler;
import org.perille.testkit.idempotence.IdempotenceCheck;

class PaymentsIdempotenceTest {
  private static final PaymentBooked[] BOOKED = {
    new PaymentBooked("p-1", "anna", 1_000, 49_000), new PaymentBooked("p-2", "anna", 500, 48_500)
  };

  /** The charging handler's view of the provider. */
  interface Charging {
    Charge charge(String idempotencyKey, PaymentBooked payment);
  }

  /** Charges once for each key. */
  static final class FakeProvider implements Charging {
    private final Map<String, Charge> charges = new LinkedHashMap<>();

    @Override
    public Charge charge(String idempotencyKey, PaymentBooked payment) {
      return charges.computeIfAbsent(
          idempotencyKey, key -> new Charge("charge of " + payment.paymentId()));
    }

    List<Charge> charges() {
      return new ArrayList<>(charges.values());
    }
  }

  @Test
  void the_statement_has_a_line_for_each_booking() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("statement", Services.BOOKINGS)
                    .effectivelyOnce(
                        JdbcHandler.of(
                            world.dataSource(),
                            (connection, delivery) ->
                                Bank.addLine(connection, delivery.payload()))))
        .prepare(world -> world.tables().execute(Bank.TABLE))
        .effect(world -> world.tables().query("SELECT * FROM statement"))
        .messages(BOOKED)
        .assertEffectivelyOnce();
  }

  @Test
  void the_ledger_books_each_payment_once() {
    IdempotenceCheck.of(
            world -> Subscription.of("ledger", Services.REQUESTS).effectivelyOnce(new Ledger()))
        .messages(
            new PaymentRequested("p-1", "anna", 1_000),
            new PaymentRequested("p-2", "anna", 100_000),
            new PaymentRequested("p-3", "bert", 500))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  @Test
  void the_provider_charges_each_booking_once() {
    IdempotenceCheck.of(
            world -> {
              Charging provider = world.outside(Charging.class, FakeProvider::new);
              return Subscription.of("charge", Services.BOOKINGS)
                  .atLeastOnce(
                      OutsideCall.of(
                          (Delivery<PaymentBooked> delivery) ->
                              provider.charge(delivery.deliveryId(), delivery.payload())));
            })
        .effect(world -> world.fake(FakeProvider.class).charges())
        .messages(BOOKED)
        .assertEffectivelyOnce();
  }
}
