package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Effect;

/**
 * Turns orders into movements of stock, under another key.
 *
 * <p>Orders are ordered by customer: two customers of one country are handled at once, on two nodes
 * perhaps, and neither could change the country's stock without a lock that all share. So nobody
 * does. What has to happen to the stock is published under the country's key, where {@link Stock}
 * handles it one after the other.
 *
 * <p>It remembers nothing of a customer but what Perille remembers for it: which orders it has
 * handled, so that a movement is published once.
 */
final class Inventory {
  private Inventory() {}

  static Effect<?> handle(Delivery<Order> delivery) {
    Order order = delivery.message();
    return Effect.none()
        .publish(
            Services.STOCK_MOVEMENTS,
            new StockMovement(order.id(), order.country(), -order.quantity()));
  }
}
