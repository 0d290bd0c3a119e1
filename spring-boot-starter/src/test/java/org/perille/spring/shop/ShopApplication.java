package org.perille.spring.shop;

import java.util.List;
import java.util.concurrent.CompletionStage;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.spring.SpringTransactions;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** An application as a user writes it: an order is posted, paid once, and mailed. */
@SpringBootApplication
class ShopApplication {
  record Order(String id, String customer, int amount) implements PerilleMessage {}

  record Mail(String customer, String text) implements PerilleMessage {}

  static final Topic<Mail> MAILS =
      Topic.of("mails", Mail.class).keyedBy(Mail::customer).withPartitions(2);

  @Bean
  Topic<Order> orders() {
    return Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);
  }

  @Bean
  Topic<Mail> mails() {
    return MAILS;
  }

  @Bean
  Subscription<Order> payment(
      Topic<Order> orders, Payments payments, SpringTransactions transactions) {
    return Subscription.of("payment", orders)
        .effectivelyOnce(transactions.handler(delivery -> payments.pay(delivery.payload())));
  }

  @Bean
  Subscription<Order> confirmation(Topic<Order> orders, Confirmations confirmations) {
    return Subscription.of("confirmation", orders)
        .atLeastOnceAsync(delivery -> confirmations.send(delivery.payload()));
  }

  /** Needs a publisher, and a handler needs it. */
  @Service
  static class Confirmations {
    private final Publisher<Mail> mails;

    Confirmations(Publisher<Mail> mails) {
      this.mails = mails;
    }

    CompletionStage<Receipt> send(Order order) {
      return mails.publish(
          new Mail(order.customer(), "thank you"), MessageId.of("mail-" + order.id()));
    }
  }

  @Service
  static class Payments {
    private final JdbcTemplate jdbc;

    Payments(JdbcTemplate jdbc) {
      this.jdbc = jdbc;
      jdbc.execute("CREATE TABLE IF NOT EXISTS paid (id VARCHAR(50), amount INT)");
    }

    @Transactional
    public void pay(Order order) {
      jdbc.update("INSERT INTO paid (id, amount) VALUES (?, ?)", order.id(), order.amount());
    }

    List<String> paid() {
      return jdbc.queryForList("SELECT id FROM paid ORDER BY id", String.class);
    }
  }

  @RestController
  static class Orders {
    private final Publisher<Order> orders;
    private final Payments payments;
    private final Perille perille;

    Orders(Publisher<Order> orders, Payments payments, Perille perille) {
      this.orders = orders;
      this.payments = payments;
      this.perille = perille;
    }

    @PostMapping("/orders")
    CompletionStage<Long> post(@RequestBody Order order) {
      return orders.publish(order, MessageId.of(order.id())).thenApply(Receipt::offset);
    }

    @GetMapping("/paid")
    List<String> paid() {
      return payments.paid();
    }

    @GetMapping("/ready")
    boolean ready() {
      return perille.health().ready();
    }
  }
}
