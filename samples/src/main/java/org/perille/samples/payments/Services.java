package org.perille.samples.payments;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.perille.Delivery;
import org.perille.EventSourcedSubscription;
import org.perille.OutsideCall;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;
import org.perille.samples.launch.Journal;

/** The two topics and their subscribers, each with the guarantee that it needs. */
final class Services {
  /** A few partitions are enough for one node, and start quickly. */
  private static final int PARTITIONS = 4;

  static final Topic<PaymentRequested> REQUESTS =
      Topic.of("payment-requests", PaymentRequested.class)
          .keyedBy(PaymentRequested::account)
          .withPartitions(PARTITIONS);

  static final Topic<PaymentBooked> BOOKINGS =
      Topic.of("bookings", PaymentBooked.class)
          .keyedBy(PaymentBooked::account)
          .withPartitions(PARTITIONS);

  /** The names under which the two handlers call the provider. */
  static final String CHARGE = "charge";

  static final String NAIVE = "naive";

  /** The external systems that the services use. */
  record Outside(Journal pushes, Bank bank, ProviderClient provider, CrashPoint crashPoint) {}

  private final Outside outside;

  /**
   * Notifies the account's owner of a request. A lost notification is better than a repeated one.
   */
  private final Subscription<PaymentRequested> push;

  /** Decides, books and replies, effectively-once. */
  private final EventSourcedSubscription<PaymentRequested, Account> ledger;

  /**
   * Charges what was booked, at-least-once.
   *
   * <p>No handler can make a call to another company happen exactly once. So the call is repeated
   * after a crash, with the same key, and the provider charges once.
   */
  private final Subscription<PaymentBooked> charge;

  /** The naive handler without crash safety, for comparison. */
  private final Subscription<PaymentBooked> naive;

  /** Writes the account's statement into the bank's own database, effectively-once. */
  private final Subscription<PaymentBooked> statement;

  Services(Outside outside) {
    this.outside = outside;
    this.push = Subscription.of("push", REQUESTS).atMostOnce(this::push);
    this.ledger = Subscription.of("ledger", REQUESTS).effectivelyOnce(new Ledger());
    this.charge = Subscription.of(CHARGE, BOOKINGS).atLeastOnce(OutsideCall.of(this::charge));
    this.naive = Subscription.of(NAIVE, BOOKINGS).atLeastOnce(this::chargeNaively);
    this.statement =
        Subscription.of("statement", BOOKINGS)
            .effectivelyOnce(
                JdbcHandler.<PaymentBooked>of(
                        outside.bank.dataSource(),
                        (connection, delivery) -> Bank.addLine(connection, delivery.payload()))
                    .withMaxTransactions(Bank.TRANSACTIONS));
  }

  private void push(Delivery<PaymentRequested> delivery) throws IOException, InterruptedException {
    String paymentId = delivery.payload().paymentId();
    outside.crashPoint.beforePush(paymentId);
    outside.pushes.append(paymentId + ";");
    outside.crashPoint.afterPush(paymentId);
  }

  private Charge charge(Delivery<PaymentBooked> delivery) throws IOException, InterruptedException {
    PaymentBooked payment = delivery.payload();
    Charge charge = outside.provider.charge(CHARGE, payment, Optional.of(delivery.deliveryId()));
    outside.crashPoint.charged(CrashPoint.Charger.CHARGE, payment.paymentId());
    return charge;
  }

  private void chargeNaively(Delivery<PaymentBooked> delivery)
      throws IOException, InterruptedException {
    PaymentBooked payment = delivery.payload();
    outside.provider.charge(NAIVE, payment, Optional.empty());
    outside.crashPoint.charged(CrashPoint.Charger.NAIVE, payment.paymentId());
  }

  EventSourcedSubscription<PaymentRequested, Account> ledger() {
    return ledger;
  }

  Subscription<PaymentBooked> statement() {
    return statement;
  }

  /** Returns the subscriptions of the requests, then those of the bookings. */
  List<Subscription<?>> subscriptions() {
    return List.of(push, ledger, charge, naive, statement);
  }
}
