package org.perille.samples.orders;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.perille.Definition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcEffect;
import org.perille.persistence.JdbcHandler;
import org.perille.samples.launch.Journal;

/** The topic, and the four services that live from it, each with the guarantee that it needs. */
final class Services implements AutoCloseable {
  static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::customer);
  static final List<String> NAMES = List.of("payment", "inventory", "notification", "analytics");

  private final Journal mails;
  private final Journal revenue;
  private final Tally payments;
  private final Tally movements;
  private final List<Subscription<Order>> subscriptions;

  Services(Shop shop, Path directory, String node) throws IOException {
    this.mails = Journal.open(directory, "mail-spool", node);
    this.revenue = Journal.open(directory, "analytics", node);
    this.payments = Tally.open(directory, "payment", node);
    this.movements = Tally.open(directory, "inventory", node);
    this.subscriptions =
        List.of(
            Subscription.of("payment", ORDERS)
                .effectivelyOnce(counted(shop, payments, Shop::charge)),
            Subscription.of("inventory", ORDERS)
                .effectivelyOnce(counted(shop, movements, Shop::moveStock)),
            Subscription.of("notification", ORDERS)
                .atLeastOnce(delivery -> mails.append(mail(delivery.message()))),
            Subscription.of("analytics", ORDERS)
                .atMostOnce(delivery -> revenue.append(revenue(delivery.message()))));
  }

  private interface Effect {
    void apply(Connection connection, Order order) throws SQLException;
  }

  /** Counts every attempt, also one that is rolled back or dies: that is what the table shows. */
  private static JdbcHandler<Order> counted(Shop shop, Tally attempts, Effect effect) {
    JdbcEffect<Order> counted =
        (connection, delivery) -> {
          attempts.add();
          effect.apply(connection, delivery.message());
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

  List<Subscription<Order>> subscriptions() {
    return subscriptions;
  }

  Definition[] definitions() {
    return subscriptions.toArray(Definition[]::new);
  }

  @Override
  public void close() throws IOException {
    mails.close();
    revenue.close();
    payments.close();
    movements.close();
  }
}
