package org.perille.spring.outbox;

import jakarta.annotation.PostConstruct;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.SpringOutbox;
import org.perille.spring.SpringTransactions;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** An application that places orders, and publishes them in the same transaction. */
@SpringBootApplication
class OutboxApplication {
  record Order(String customer, String id) implements PerilleMessage {}

  record Invoice(String customer, String order) implements PerilleMessage {}

  /** The orders and invoices that handlers have received. */
  @Component
  static class Seen {
    final List<String> orders = new CopyOnWriteArrayList<>();
    final List<String> invoices = new CopyOnWriteArrayList<>();
  }

  @Bean
  Topic<Order> orders() {
    return Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);
  }

  @Bean
  Topic<Invoice> invoices() {
    return Topic.of("invoices", Invoice.class).keyedBy(Invoice::customer).withPartitions(2);
  }

  @Bean
  Subscription<Order> seenOrders(Topic<Order> orders, Seen seen) {
    return Subscription.of("seen", orders)
        .atLeastOnce(delivery -> seen.orders.add(delivery.payload().id()));
  }

  @Bean
  Subscription<Invoice> seenInvoices(Topic<Invoice> invoices, Seen seen) {
    return Subscription.of("seen", invoices)
        .atLeastOnce(delivery -> seen.invoices.add(delivery.payload().order()));
  }

  @Bean
  Subscription<Order> invoicing(
      Topic<Order> orders,
      Topic<Invoice> invoices,
      SpringTransactions transactions,
      SpringOutbox outbox) {
    return Subscription.of("invoicing", orders)
        .effectivelyOnce(
            transactions.handler(
                delivery -> {
                  Order order = delivery.payload();
                  outbox.publish(invoices, new Invoice(order.customer(), order.id()));
                }));
  }

  @Service
  static class Shop {
    private final JdbcTemplate jdbc;
    private final SpringOutbox outbox;
    private final Topic<Order> orders;

    Shop(JdbcTemplate jdbc, SpringOutbox outbox, Topic<Order> orders) {
      this.jdbc = jdbc;
      this.outbox = outbox;
      this.orders = orders;
      jdbc.execute("CREATE TABLE placed (id VARCHAR(50) PRIMARY KEY)");
    }

    @Transactional
    public void place(Order order) {
      jdbc.update("INSERT INTO placed (id) VALUES (?)", order.id());
      outbox.publish(orders, order);
    }

    @Transactional(readOnly = true)
    public void onlyRead(Order order) {
      outbox.publish(orders, order);
    }

    long placed(String id) {
      return Optional.ofNullable(
              jdbc.queryForObject("SELECT COUNT(*) FROM placed WHERE id = ?", Long.class, id))
          .orElse(0L);
    }
  }

  /** Publishes before the node has started. */
  @Component
  static class TooEarly {
    private final Shop shop;
    private final TransactionTemplate transactions;
    Optional<PublishRefusedException> refusal = Optional.empty();

    TooEarly(Shop shop, TransactionTemplate transactions) {
      this.shop = shop;
      this.transactions = transactions;
    }

    @PostConstruct
    void publish() {
      try {
        transactions.executeWithoutResult(status -> shop.place(new Order("early", "too-early")));
      } catch (PublishRefusedException e) {
        refusal = Optional.of(e);
      }
    }
  }

  @Bean
  ApplicationRunner firstOrder(Shop shop) {
    return arguments -> shop.place(new Order("runner", "first"));
  }
}
