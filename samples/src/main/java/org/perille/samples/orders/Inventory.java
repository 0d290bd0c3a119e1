package org.perille.samples.orders;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;

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
final class Inventory implements EventSourcedHandler<Order, Inventory.Nothing, Inventory.Nothing> {
  /** The state of a handler that needs none, and the events of one that has none. */
  enum Nothing implements PerilleMessage {
    NOTHING
  }

  @Override
  public Class<Nothing> stateType() {
    return Nothing.class;
  }

  @Override
  public Class<Nothing> eventType() {
    return Nothing.class;
  }

  @Override
  public Nothing emptyState() {
    return Nothing.NOTHING;
  }

  @Override
  public Effect<Nothing> handle(Nothing state, Delivery<Order> delivery) {
    Order order = delivery.message();
    return Effect.<Nothing>none()
        .publish(
            Services.STOCK_MOVEMENTS,
            new StockMovement(order.id(), order.country(), -order.quantity()));
  }

  @Override
  public Nothing apply(Nothing state, Nothing event) {
    return state;
  }
}
