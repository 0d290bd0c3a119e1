package org.perille.samples.shop;

import org.perille.Topic;
import org.perille.spring.SpringOutbox;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Places orders. */
@Service
public class Checkout {
  private final JdbcTemplate jdbc;
  private final SpringOutbox outbox;
  private final Topic<Order> orders;

  Checkout(JdbcTemplate jdbc, SpringOutbox outbox, Topic<Order> orders) {
    this.jdbc = jdbc;
    this.outbox = outbox;
    this.orders = orders;
  }

  /** The row and the message commit together: no order without its message, and the reverse. */
  @Transactional
  public void place(Order order) {
    jdbc.update(
        "INSERT INTO orders (id, customer, item, price) VALUES (?, ?, ?, ?)",
        order.id(),
        order.customer(),
        order.item(),
        order.price());
    outbox.publish(orders, order);
  }
}
