package org.perille.samples.orders;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.perille.KeyState;
import org.perille.Perille;
import org.perille.StoredMessage;

/**
 * Copies Perille's view of the stock into the shop's database: levels, and movements in log order.
 *
 * <p>The reconciliation reads it there when no node is running. When all messages are handled the
 * contents don't change any more. Copying them again, after a crash or beside another node that
 * copies, has the same result.
 */
final class Audit {
  /**
   * The limit of countries in parallel. A country's movements are in memory while they are copied.
   */
  private static final int COUNTRIES_AT_ONCE = 2;

  private final Perille perille;
  private final Services services;
  private final Shop shop;
  private final ShopThread database;

  Audit(Perille perille, Services services, Shop shop, ShopThread database) {
    this.perille = perille;
    this.services = services;
    this.shop = shop;
    this.database = database;
  }

  /** Copies the stock of all countries of the file. */
  CompletionStage<Done> copy(InvoiceFile file) {
    return database
        .ask(() -> countries(file))
        .thenCompose(
            countries ->
                Source.from(countries)
                    .mapAsync(COUNTRIES_AT_ONCE, this::copy)
                    .runWith(Sink.ignore(), perille.system()));
  }

  private static Set<String> countries(InvoiceFile file) {
    Set<String> countries = new TreeSet<>();
    try (Stream<InvoiceFile.Line> lines = file.lines()) {
      lines.forEach(
          line -> {
            if (line instanceof InvoiceFile.Valid valid && !valid.order().customer().isEmpty()) {
              countries.add(valid.order().country());
            }
          });
    }
    return countries;
  }

  private CompletionStage<Done> copy(String country) {
    CompletionStage<List<StoredMessage<StockMovement>>> movements =
        perille
            .topic(Services.STOCK_MOVEMENTS)
            .key(country)
            .history()
            .runWith(Sink.seq(), perille.system());
    return perille
        .subscription(services.stock())
        .key(country)
        .state()
        .thenCombine(movements, (stock, log) -> database.change(() -> write(stock, log)))
        .thenCompose(written -> written);
  }

  private void write(KeyState<Stock.Level> stock, List<StoredMessage<StockMovement>> log)
      throws SQLException {
    try (Connection connection = shop.dataSource().getConnection()) {
      connection.setAutoCommit(false);
      deleteOf(connection, "audited_stock", stock.key());
      deleteOf(connection, "audited_movement", stock.key());
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO audited_stock (country, units, restocked) VALUES (?, ?, ?)")) {
        insert.setString(1, stock.key());
        insert.setLong(2, stock.state().units());
        insert.setLong(3, stock.state().restocked());
        insert.executeUpdate();
      }
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO audited_movement (country, log_offset, order_id, units) VALUES (?, ?, ?,"
                  + " ?)")) {
        for (StoredMessage<StockMovement> entry : log) {
          insert.setString(1, stock.key());
          insert.setLong(2, entry.offset());
          insert.setString(3, entry.payload().orderId());
          insert.setLong(4, entry.payload().units());
          insert.addBatch();
        }
        insert.executeBatch();
      }
      connection.commit();
    }
  }

  private static void deleteOf(Connection connection, String table, String country)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM " + table + " WHERE country = ?")) {
      delete.setString(1, country);
      delete.executeUpdate();
    }
  }
}
