package org.perille.samples.orders;

import java.util.List;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.PerilleMessage;

/**
 * Keeps the stock of each country: takes out what is sold, puts back what is given back, and fills
 * it up when it has fallen too low.
 *
 * <p>A fall is one alarm: the units that are taken, those that fill the stock up and the alarm are
 * one write. Whatever is killed, there is no alarm without its fall, and no second one for it.
 */
final class Stock implements EventSourcedHandler<StockMovement, Stock.Level, Stock.Event> {
  /**
   * Where every country begins, and what its stock is filled up to: little enough for about a
   * thousand alarms, in more than half of the file's countries.
   */
  static final long FULL = 5_000;

  /** Less than this is too low. */
  static final long LOW = 500;

  /**
   * The stock of a country.
   *
   * @param units what is there
   * @param restocked what it was filled up with so far
   */
  record Level(long units, long restocked) implements PerilleMessage {}

  /** What happens to a stock. */
  sealed interface Event extends PerilleMessage {}

  /** An order took units, or gave some back. */
  record Moved(long units) implements Event {}

  /** The stock was filled up. */
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
    StockMovement movement = delivery.message();
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
