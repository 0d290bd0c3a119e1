package org.perille.samples.orders;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.perille.Subscription;
import org.perille.persistence.JdbcHandler;
import org.perille.testkit.idempotence.IdempotenceCheck;

class OrdersIdempotenceTest {
  private static final Order[] ORDERS = {
    placed("1", "alice", 2, "10"), cancelled("C1", "alice", -1, "10"), placed("2", "bob", 3, "1.5")
  };

  @Test
  void an_order_is_charged_once() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("payment", Services.ORDERS)
                    .effectivelyOnce(
                        JdbcHandler.of(
                            world.dataSource(),
                            (connection, delivery) ->
                                Payment.charge(connection, delivery.payload()))))
        .prepare(
            world -> {
              world.tables().execute(Shop.TABLES);
              world.tables().execute(Decisions.TABLES);
            })
        .effect(
            world ->
                world
                    .tables()
                    .query(
                        "SELECT order_id, seq, balance_after, balance, orders FROM ledger JOIN balance USING (customer) ORDER BY ledger.customer, seq"))
        .messages(ORDERS)
        .assertEffectivelyOnce();
  }

  @Test
  void an_order_moves_the_stock_once() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("inventory", Services.ORDERS)
                    .effectivelyOnce(delivery -> Inventory.handle(delivery)))
        .messages(ORDERS)
        .assertEffectivelyOnce();
  }

  @Test
  void a_fall_of_the_stock_is_one_alarm() {
    IdempotenceCheck.of(
            world ->
                Subscription.of("stock", Services.STOCK_MOVEMENTS).effectivelyOnce(new Stock()))
        .messages(
            new StockMovement("1", "France", -3_000),
            new StockMovement("2", "France", -1_900),
            new StockMovement("3", "Finland", -4_999))
        .endToEnd()
        .assertEffectivelyOnce();
  }

  private static Order placed(String id, String customer, long quantity, String unitPrice) {
    return new Order.OrderPlaced(
        id, customer, "France", LocalDateTime.MIN, quantity, new BigDecimal(unitPrice));
  }

  private static Order cancelled(String id, String customer, long quantity, String unitPrice) {
    return new Order.OrderCancelled(
        id, customer, "France", LocalDateTime.MIN, quantity, new BigDecimal(unitPrice));
  }
}
