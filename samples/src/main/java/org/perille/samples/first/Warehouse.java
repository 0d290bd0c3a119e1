package org.perille.samples.first;

import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.PerilleMessage;
import org.perille.Subscription;
import org.perille.Topic;

class Warehouse implements EventSourcedHandler<Warehouse.Sale, Warehouse.Stock, Warehouse.Sold> {
  record Sale(String article, int units) implements PerilleMessage {}

  record Sold(int units) implements PerilleMessage {}

  record Stock(int units) implements PerilleMessage {}

  record StockLow(String article, int left) implements PerilleMessage {}

  static final Topic<Sale> SALES = Topic.of("sales", Sale.class).keyedBy(Sale::article);
  static final Topic<StockLow> LOW = Topic.of("low", StockLow.class).keyedBy(StockLow::article);

  static final EventSourcedSubscription<Sale, Stock> STOCK =
      Subscription.of("stock", SALES).effectivelyOnce(new Warehouse());

  @Override
  public Effect<Sold> handle(Stock stock, Delivery<Sale> delivery) {
    Sale sale = delivery.payload();
    int left = stock.units() - sale.units();
    Effect<Sold> sold = Effect.of(new Sold(sale.units()));
    return left < 10 && stock.units() >= 10
        ? sold.publish(LOW, new StockLow(sale.article(), left))
        : sold;
  }

  @Override
  public Stock apply(Stock stock, Sold event) {
    return new Stock(stock.units() - event.units());
  }

  @Override
  public Stock emptyState() {
    return new Stock(100);
  }

  @Override
  public Class<Stock> stateType() {
    return Stock.class;
  }

  @Override
  public Class<Sold> eventType() {
    return Sold.class;
  }
}
