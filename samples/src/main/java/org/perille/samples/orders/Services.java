package org.perille.samples.orders;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.perille.Definition;
import org.perille.EventSourcedSubscription;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcEffect;
import org.perille.persistence.JdbcHandler;
import org.perille.samples.launch.Journal;

/**
 * The topics, and the six services that live from them, each with the guarantee that it needs.
 *
 * <pre>
 * orders, by customer
 *  ├─ payment                 effectively-once, in a transaction of the shop's database
 *  ├─ inventory               effectively-once, event-sourced
 *  │   └─ stock-movements, by country
 *  │       └─ stock           effectively-once, event-sourced
 *  │           └─ stock-low, by country
 *  │               └─ alerts  effectively-once, in a transaction of the shop's database
 *  ├─ notification            at-least-once
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

  private final Journal mails;
  private final Journal revenue;
  private final List<Tally> attempts = new ArrayList<>();
  private final EventSourcedSubscription<StockMovement, Stock.Level> stock;
  private final List<Subscription<?>> subscriptions;

  Services(Shop shop, Path directory, String node) throws IOException {
    this.mails = Journal.open(directory, "mail-spool", node);
    this.revenue = Journal.open(directory, "analytics", node);
    Tally payments = attempts(directory, "payment", node);
    Tally movements = attempts(directory, "inventory", node);
    Tally levels = attempts(directory, "stock", node);
    Tally alarms = attempts(directory, "alerts", node);
    this.stock =
        Subscription.of("stock", STOCK_MOVEMENTS)
            .effectivelyOnce(new CountedHandler<>(new Stock(), levels));
    this.subscriptions =
        List.of(
            Subscription.of("payment", ORDERS)
                .effectivelyOnce(counted(shop, payments, Shop::charge)),
            Subscription.of("inventory", ORDERS)
                .effectivelyOnce(
                    delivery -> {
                      movements.add();
                      return Inventory.handle(delivery);
                    }),
            stock,
            // An alarm sends somebody to buy: twice would cost money, and a table can tell.
            Subscription.of("alerts", STOCK_LOW)
                .effectivelyOnce(counted(shop, alarms, Shop::alert)),
            Subscription.of("notification", ORDERS)
                .atLeastOnce(delivery -> mails.append(mail(delivery.message()))),
            Subscription.of("analytics", ORDERS)
                .atMostOnce(delivery -> revenue.append(revenue(delivery.message()))));
  }

  private Tally attempts(Path directory, String service, String node) throws IOException {
    Tally tally = Tally.open(directory, service, node);
    attempts.add(tally);
    return tally;
  }

  private interface Write<T> {
    void apply(Connection connection, T message) throws SQLException;
  }

  /** Counts every attempt, also one that is rolled back or dies: that is what the table shows. */
  private static <T> JdbcHandler<T> counted(Shop shop, Tally attempts, Write<T> write) {
    JdbcEffect<T> counted =
        (connection, delivery) -> {
          attempts.add();
          write.apply(connection, delivery.message());
        };
    return JdbcHandler.of(shop.dataSource(), counted).withMaxTransactions(Shop.TRANSACTIONS);
  }

  static String mail(Order order) {
    return order.id()
        + "\tDear customer "
        + order.customer()
        + ", "
        + (order instanceof Order.OrderCancelled ? "your cancellation" : "your order")
        + " is on its way.;";
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

  /** All of them; who publishes comes before who handles that. */
  List<Subscription<?>> subscriptions() {
    return subscriptions;
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
