package org.perille.samples.orders;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.perille.Definition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.JdbcHandler;

/** The topic, and the four services that live from it, each with the guarantee that it needs. */
final class Services implements AutoCloseable {
  static final Topic<Order> ORDERS = Topic.of("orders", Order.class).keyedBy(Order::customer);
  static final List<String> NAMES = List.of("payment", "inventory", "notification", "analytics");

  private final Journal mails;
  private final Journal revenue;
  private final Map<String, LongAdder> attempts = new ConcurrentHashMap<>();
  private final List<Subscription<Order>> subscriptions;

  Services(Shop shop, Path directory, String node) throws IOException {
    this.mails = Journal.open(directory, "mail-spool", node);
    this.revenue = Journal.open(directory, "analytics", node);
    NAMES.forEach(name -> attempts.put(name, new LongAdder()));
    this.subscriptions =
        List.of(
            Subscription.of("payment", ORDERS)
                .effectivelyOnce(
                    JdbcHandler.<Order>of(
                            shop.dataSource(),
                            (connection, delivery) -> {
                              attempts.get("payment").increment();
                              Shop.charge(connection, delivery.message());
                            })
                        .withMaxTransactions(Shop.TRANSACTIONS)),
            Subscription.of("inventory", ORDERS)
                .effectivelyOnce(
                    JdbcHandler.<Order>of(
                            shop.dataSource(),
                            (connection, delivery) -> {
                              attempts.get("inventory").increment();
                              Shop.moveStock(connection, delivery.message());
                            })
                        .withMaxTransactions(Shop.TRANSACTIONS)),
            Subscription.of("notification", ORDERS)
                .atLeastOnce(
                    delivery -> {
                      attempts.get("notification").increment();
                      mails.append(mail(delivery.message()));
                    }),
            Subscription.of("analytics", ORDERS)
                .atMostOnce(
                    delivery -> {
                      attempts.get("analytics").increment();
                      revenue.append(revenue(delivery.message()));
                    }));
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

  /** How often each handler was called in this process since this was last asked. */
  String newAttempts() {
    StringBuilder text = new StringBuilder();
    for (String name : NAMES) {
      text.append(attempts.get(name).sumThenReset()).append('\t');
    }
    return text.append(';').toString();
  }

  @Override
  public void close() throws IOException {
    mails.close();
    revenue.close();
  }
}
