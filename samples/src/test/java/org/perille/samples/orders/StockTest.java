package org.perille.samples.orders;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.perille.Effect;

class StockTest {
  private final Stock stock = new Stock();
  private final Map<String, Stock.Level> levels = new HashMap<>();
  private final List<StockLow> alarms = new ArrayList<>();

  @Test
  void what_is_sold_is_taken_out() {
    assertThat(move("1-1", -40).events()).containsExactly(new Stock.Moved(-40));
    assertThat(level("Finland")).isEqualTo(new Stock.Level(4_960, 0));
    assertThat(alarms).isEmpty();
  }

  @Test
  void what_is_given_back_is_put_back_even_above_where_it_began() {
    move("1-1", -40);
    move("C1-2", 40);
    move("C2-3", 7);
    assertThat(level("Finland")).isEqualTo(new Stock.Level(5_007, 0));
    assertThat(alarms).isEmpty();
  }

  @Test
  void the_last_units_that_may_be_sold_raise_no_alarm() {
    move("1-1", -4_500);
    assertThat(level("Finland")).isEqualTo(new Stock.Level(500, 0));
    assertThat(alarms).isEmpty();
  }

  @Test
  void a_fall_is_one_alarm_and_fills_the_stock_up() {
    move("1-1", -4_500);
    Effect<Stock.Event> fall = move("2-2", -1);
    assertThat(fall.events()).containsExactly(new Stock.Moved(-1), new Stock.Restocked(4_501));
    assertThat(level("Finland")).isEqualTo(new Stock.Level(5_000, 4_501));
    move("3-3", -1);
    move("C2-4", 1);
    assertThat(alarms).containsExactly(new StockLow("Finland", "2-2", 499));
  }

  @Test
  void the_next_fall_is_the_next_alarm() {
    move("1-1", -4_501);
    move("2-2", -4_502);
    assertThat(alarms)
        .containsExactly(new StockLow("Finland", "1-1", 499), new StockLow("Finland", "2-2", 498));
    assertThat(level("Finland")).isEqualTo(new Stock.Level(5_000, 9_003));
  }

  @Test
  void an_order_of_more_than_there_is_is_filled_up_too() {
    move("1-1", -80_995);
    assertThat(alarms).containsExactly(new StockLow("Finland", "1-1", -75_995));
    assertThat(level("Finland")).isEqualTo(new Stock.Level(5_000, 80_995));
  }

  @Test
  void the_real_orders_exhaust_the_stock_of_half_of_the_countries() {
    try (Stream<InvoiceFile.Line> lines = InvoiceFile.of(Optional.empty()).lines()) {
      lines.forEach(
          line -> {
            if (line instanceof InvoiceFile.Valid valid && !valid.order().customer().isEmpty()) {
              Order order = valid.order();
              move(new StockMovement(order.id(), order.country(), -order.quantity()));
            }
          });
    }
    assertThat(levels).hasSize(37);
    assertThat(alarms.stream().map(StockLow::country).distinct()).hasSize(20);
    assertThat(alarms.stream().filter(alarm -> alarm.country().equals("United Kingdom")))
        .hasSizeBetween(800, 1000);
  }

  private Effect<Stock.Event> move(String orderId, long units) {
    return move(new StockMovement(orderId, "Finland", units));
  }

  private Effect<Stock.Event> move(StockMovement movement) {
    Stock.Level level = level(movement.country());
    Effect<Stock.Event> effect =
        stock.handle(level, Deliveries.of(Services.STOCK_MOVEMENTS, movement));
    for (Stock.Event event : effect.events()) {
      level = stock.apply(level, event);
    }
    levels.put(movement.country(), level);
    for (Effect.Publication<?> publication : effect.publications()) {
      assertThat(publication.topic()).isSameAs(Services.STOCK_LOW);
      alarms.add((StockLow) publication.payload());
    }
    return effect;
  }

  private Stock.Level level(String country) {
    return levels.getOrDefault(country, stock.emptyState());
  }
}
