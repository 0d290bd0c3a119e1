package org.perille.samples.orders;

import java.util.List;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;

/**
 * The stock of each country: removes sold units, adds returned ones, and restocks below a minimum.
 *
 * <p>Each fall below the minimum has exactly one alarm. The movement, the restocking and the alarm
 * are one write. Whatever is killed, there is no alarm without its fall and no second alarm for it.
 */
final class Stock implements EventSourcedHandler<StockMovement, Stock.Level, Stock.Event> {
  /**
   * The initial level of each country, to which it is restocked.
   *
   * <p>Low enough for about a thousand alarms, in more than half of the file's countries.
   */
  static final long FULL = 5_000;

  /** The minimum: a lower level is restocked. */
  static final long LOW = 500;

  /**
   * The stock of a country.
   *
   * @param units the current level
   * @param restocked the total of the restocked units
   */
  record Level(long units, long restocked) implements PerilleMessage {}

  /** A change of a stock. */
  sealed interface Event extends PerilleMessage {}

  /** An order has removed units, or returned some. */
  record Moved(long units) implements Event {}

  /** The stock was restocked. */
  record Restocked(long units) implements Event {}

  @Override
  public Class<Level> stateType() {
    return Level.class;
  }

  @Override
  public Class<Event> eventType() {
    return Event.class;
  }

  @Override
  public Level emptyState() {
    return new Level(FULL, 0);
  }

  @Override
  public Effect<Event> handle(Level level, Delivery<StockMovement> delivery) {
    StockMovement movement = delivery.payload();
    Moved moved = new Moved(movement.units());
    long left = level.units() + movement.units();
    if (left >= LOW) {
      return Effect.of(moved);
    }
    return Effect.<Event>ofAll(List.of(moved, new Restocked(FULL - left)))
        .publish(Services.STOCK_LOW, new StockLow(movement.country(), movement.orderId(), left));
  }

  @Override
  public Level apply(Level level, Event event) {
    if (event instanceof Restocked restocked) {
      return new Level(level.units() + restocked.units(), level.restocked() + restocked.units());
    }
    return new Level(level.units() + ((Moved) event).units(), level.restocked());
  }
}
