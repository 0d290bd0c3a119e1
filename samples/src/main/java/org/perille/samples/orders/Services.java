package org.perille.samples.orders;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.perille.CircuitBreaker;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Limits;
import org.perille.OnExhausted;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcEffect;
import org.perille.persistence.JdbcHandler;
import org.perille.samples.launch.Journal;

/**
 * The topics and the six services that consume them, each with the guarantee that it needs.
 *
 * <pre>
 * orders, by customer
 *  ├─ payment                 effectively-once, in a transaction of the shop's database;
 *  │                          a refused payment becomes a dead letter, and its customer waits
 *  ├─ inventory               effectively-once, event-sourced
 *  │   └─ stock-movements, by country
 *  │       └─ stock           effectively-once, event-sourced
 *  │           └─ stock-low, by country
 *  │               └─ alerts  effectively-once, in a transaction of the shop's database
 *  ├─ notification            at-least-once, by a mail provider with an outage
 *  └─ analytics               at-most-once
 * </pre>
 */
final class Services implements AutoCloseable {
  static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::customer);
  static final Topic<StockMovement> STOCK_MOVEMENTS =
      Topic.of("stock-movements", StockMovement.class).keyedBy(StockMovement::country);
  static final Topic<StockLow> STOCK_LOW =
      Topic.of("stock-low", StockLow.class).keyedBy(StockLow::country);
  static final List<String> NAMES =
      List.of("payment", "inventory", "stock", "alerts", "notification", "analytics");

  private final MailProvider mails;
  private final Journal revenue;
  private final List<Tally> attempts = new ArrayList<>();
  private final Subscription<Order> payment;
  private final EventSourcedSubscription<StockMovement, Stock.Level> stock;
  private final Subscription<Order> notification;
  private final List<Subscription<?>> subscriptions;

  Services(Shop shop, Path directory, String node) throws IOException {
    this.mails = MailProvider.open(directory, Clock.systemUTC());
    this.revenue = Journal.open(directory, "analytics", node);
    Tally movements = attempts(directory, "inventory", node);
    Tally alarms = attempts(directory, "alerts", node);
    this.payment = payment(shop, attempts(directory, "payment", node));
    this.stock =
        Subscription.of("stock", STOCK_MOVEMENTS)
            .effectivelyOnce(new CountedHandler<>(new Stock(), attempts(directory, "stock", node)));
    this.notification = notification(mails, attempts(directory, "notification", node));
    this.subscriptions =
        List.of(
            payment,
            Subscription.of("inventory", ORDERS)
                .effectivelyOnce(
                    delivery -> {
                      movements.add();
                      return Inventory.handle(delivery);
                    }),
            stock,
            // An alert triggers a purchase: a second one would cost money, and a table can detect
            // it.
            Subscription.of("alerts", STOCK_LOW)
                .effectivelyOnce(counted(shop, alarms, Shop::alert)),
            notification,
            Subscription.of("analytics", ORDERS)
                .atMostOnce(delivery -> revenue.append(revenue(delivery.payload()))));
  }

  private static Subscription<Order> payment(Shop shop, Tally attempts) {
    return Subscription.of("payment", ORDERS)
        .effectivelyOnce(counted(shop, attempts, Payment::charge))
        // A refusal is final. Every other error is ours, and no reason to stop retrying a payment.
        .withRetries(
            RetryPolicy.exponential(Duration.ofMillis(100), Duration.ofSeconds(5))
                .withUnlimitedAttempts()
                .givingUpOn(PaymentRefusedException.class))
        // The customer's next message may depend on the refused order: cancelling an order that
        // waits for approval would refund what was never paid. So the rest of that customer waits,
        // and no other customer. A late charge can be excused, a wrong one can't.
        .onExhausted(OnExhausted.PARK_KEY);
  }

  private static Subscription<Order> notification(MailProvider provider, Tally attempts) {
    return Subscription.of("notification", ORDERS)
        .atLeastOnce(
            delivery -> {
              attempts.add();
              provider.send(mail(delivery.deliveryId(), delivery.payload()));
            })
        // No message should wait for a mail. A mail that fails becomes a dead letter, redriven
        // after the outage.
        .withRetries(RetryPolicy.never())
        .onExhausted(OnExhausted.CONTINUE)
        .withDeadline(Duration.ofMillis(500))
        // During the outage one mail at a time probes the service, so that few mails become dead
        // letters.
        .withCircuitBreaker(CircuitBreaker.of(0.5, 20, Duration.ofMillis(250)))
        // The limit that the provider allows. A slow provider occupies no more threads than that.
        .withLimits(Limits.none().withConcurrencyPerNode(16));
  }

  private Tally attempts(Path directory, String service, String node) throws IOException {
    Tally tally = Tally.open(directory, service, node);
    attempts.add(tally);
    return tally;
  }

  private interface Write<T> {
    void apply(Connection connection, T message) throws SQLException;
  }

  /**
   * Counts every attempt, including one that is rolled back or dies, for the column of the table.
   */
  private static <T> JdbcHandler<T> counted(Shop shop, Tally attempts, Write<T> write) {
    JdbcEffect<T> counted =
        (connection, delivery) -> {
          attempts.add();
          write.apply(connection, delivery.payload());
        };
    return JdbcHandler.of(shop.dataSource(), counted).withMaxTransactions(Shop.TRANSACTIONS);
  }

  static MailProvider.Mail mail(String deliveryId, Order order) {
    return new MailProvider.Mail(
        deliveryId,
        order.id(),
        "Dear customer %s, your %s is on its way."
            .formatted(
                order.customer(),
                order instanceof Order.OrderCancelled ? "cancellation" : "order"));
  }

  static String revenue(Order order) {
    return order.id()
        + "\t"
        + order.country()
        + "\t"
        + order.date().getYear()
        + "-"
        + order.date().getMonthValue()
        + "\t"
        + order.amount().toPlainString()
        + ";";
  }

  /** Returns all subscriptions, each after those whose messages it handles. */
  List<Subscription<?>> subscriptions() {
    return subscriptions;
  }

  Subscription<Order> payment() {
    return payment;
  }

  Subscription<Order> notification() {
    return notification;
  }

  MailProvider mails() {
    return mails;
  }

  EventSourcedSubscription<StockMovement, Stock.Level> stock() {
    return stock;
  }

  Definition[] definitions() {
    return subscriptions.toArray(Definition[]::new);
  }

  @Override
  public void close() throws IOException {
    mails.close();
    revenue.close();
    for (Tally tally : attempts) {
      tally.close();
    }
  }
}
