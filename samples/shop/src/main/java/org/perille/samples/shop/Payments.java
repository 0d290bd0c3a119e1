package org.perille.samples.shop;

import org.perille.Topic;
import org.perille.samples.shop.OrderUpdate.Stage;
import org.perille.spring.SpringOutbox;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Pays orders. */
@Service
public class Payments {
  private final JdbcTemplate jdbc;
  private final SpringOutbox outbox;
  private final Topic<OrderUpdate> updates;

  Payments(JdbcTemplate jdbc, SpringOutbox outbox, Topic<OrderUpdate> updates) {
    this.jdbc = jdbc;
    this.outbox = outbox;
    this.updates = updates;
  }

  /** Takes part in the transaction of the handler that calls it. */
  @Transactional
  public void pay(Order order) {
    jdbc.update("INSERT INTO payments (order_id, amount) VALUES (?, ?)", order.id(), order.price());
    outbox.publish(updates, OrderUpdate.of(order, Stage.PAID));
  }
}
