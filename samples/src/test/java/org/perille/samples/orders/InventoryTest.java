package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import org.junit.jupiter.api.Test;
import org.perille.Effect;

class InventoryTest {
  private static final LocalDateTime DATE = LocalDateTime.of(2010, 12, 1, 8, 26);

  @Test
  void an_order_takes_its_units_from_the_stock_of_its_country() {
    assertThat(
            published(new Order.OrderPlaced("1-1", "alice", "Finland", DATE, 40, BigDecimal.ONE)))
        .isEqualTo(new StockMovement("1-1", "Finland", -40));
  }

  @Test
  void a_cancellation_gives_its_units_back() {
    assertThat(
            published(
                new Order.OrderCancelled("C1-2", "alice", "Finland", DATE, -40, BigDecimal.ONE)))
        .isEqualTo(new StockMovement("C1-2", "Finland", 40));
  }

  @Test
  void what_belongs_to_customers_becomes_what_belongs_to_countries() {
    Order order = new Order.OrderPlaced("1-1", "alice", "Finland", DATE, 40, BigDecimal.ONE);
    assertThat(Services.ORDERS.keyOf(order)).isEqualTo("alice");
    assertThat(Services.STOCK_MOVEMENTS.keyOf(published(order))).isEqualTo("Finland");
  }

  private StockMovement published(Order order) {
    Effect<?> effect = Inventory.handle(Deliveries.of(Services.ORDERS, order));
    assertThat(effect.events()).isEmpty();
    assertThat(effect.publications()).hasSize(1);
    assertThat(effect.publications().get(0).topic()).isSameAs(Services.STOCK_MOVEMENTS);
    return (StockMovement) effect.publications().get(0).payload();
  }
}
