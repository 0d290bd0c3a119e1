package org.perille.samples.shop;

import org.perille.Effect;
import org.perille.OutsideCall;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.samples.shop.OrderUpdate.Stage;
import org.perille.spring.SpringTransactions;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;

/**
 * A shop. An order is placed with the page or {@code POST /orders}; then it is paid and confirmed
 * by mail, and the page shows it.
 *
 * <p>Orders of one customer are handled in order, those of different customers in parallel.
 */
@SpringBootApplication
public class ShopApplication {
  public static void main(String[] arguments) {
    SpringApplication.run(ShopApplication.class, arguments);
  }

  @Bean
  Topic<Order> orders() {
    return Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);
  }

  @Bean
  Topic<OrderUpdate> updates() {
    return Topic.of("updates", OrderUpdate.class).keyedBy(OrderUpdate::customer).withPartitions(4);
  }

  /** Each order is paid once: the payment commits with the subscription's cursor. */
  @Bean
  Subscription<Order> payment(
      Topic<Order> orders, Payments payments, SpringTransactions transactions) {
    return Subscription.of("payment", orders)
        .effectivelyOnce(transactions.handler(delivery -> payments.pay(delivery.payload())));
  }

  /** Each order is mailed at least once: a crash after the call, before its result is stored. */
  @Bean
  Subscription<Order> mail(Topic<Order> orders, Topic<OrderUpdate> updates, MailServer mails) {
    return Subscription.of("mail", orders)
        .atLeastOnce(
            OutsideCall.of(
                delivery -> mails.send(delivery.payload()),
                (delivery, answer) ->
                    Effect.none()
                        .publish(updates, OrderUpdate.of(delivery.payload(), Stage.MAILED))));
  }

  /** Each node shows new orders to the pages that are open on it, and stores nothing. */
  @Bean
  Subscription<Order> liveOrders(Topic<Order> orders, LiveView view) {
    return Subscription.of("live", orders)
        .ephemeral(delivery -> view.show("order", delivery.payload()));
  }

  @Bean
  Subscription<OrderUpdate> liveUpdates(Topic<OrderUpdate> updates, LiveView view) {
    return Subscription.of("live", updates)
        .ephemeral(delivery -> view.show("update", delivery.payload()));
  }
}
