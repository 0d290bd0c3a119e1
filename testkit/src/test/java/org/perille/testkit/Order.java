package org.perille.testkit;

import org.perille.PerilleMessage;
import org.perille.Topic;

record Order(String id, String customer, int amount) implements PerilleMessage {
  static final Topic<Order> TOPIC =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);

  static Order of(int number) {
    return new Order("o-" + number, "customer", number);
  }
}
