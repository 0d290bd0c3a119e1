package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Effect;

/**
 * Turns orders into movements of stock, under another key.
 *
 * <p>Orders are keyed by customer. Two nodes may handle two customers of one country at the same
 * time. Neither could change the country's stock without a global lock. So the movement is
 * published under the country's key, where {@link Stock} handles the movements one at a time.
 *
 * <p>It has no state of its own for a customer. Perille stores which orders it has handled, so that
 * each movement is published once.
 */
final class Inventory {
  private Inventory() {}

  static Effect<?> handle(Delivery<Order> delivery) {
    Order order = delivery.payload();
    return Effect.none()
        .publish(
            Services.STOCK_MOVEMENTS,
            new StockMovement(order.id(), order.country(), -order.quantity()));
  }
}
