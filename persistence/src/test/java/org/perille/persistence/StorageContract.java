package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Delivery;
import org.perille.MessageId;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;
import org.perille.sharding.Perille;

/** What must hold on every database, with a whole Perille on it. */
abstract class StorageContract {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  @TempDir Path directory;

  private Database database;

  abstract Database database(Path directory);

  @BeforeEach
  void createTable() throws SQLException {
    database = database(directory);
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE ledger (number INTEGER PRIMARY KEY, customer VARCHAR(20))");
    }
  }

  @Test
  void what_was_published_before_a_restart_is_handled_after_it_and_no_effect_twice()
      throws Exception {
    Subscription<Order> payment = payment();
    try (Perille perille = Perille.start(database.config(), ORDERS)) {
      publish(perille, 0, 500);
    }
    try (Perille perille = Perille.start(database.config(), payment)) {
      await().atMost(30, SECONDS).until(() -> ledgerRows() == 500);
      publish(perille, 400, 600);
      await().atMost(30, SECONDS).until(() -> ledgerRows() == 600);
    }
    try (Perille perille = Perille.start(database.config(), payment)) {
      await()
          .atMost(30, SECONDS)
          .until(
              () -> {
                var status = perille.status(payment).toCompletableFuture().get(20, SECONDS);
                return status.attached() && status.lag() == 0;
              });
      assertThat(ledgerRows()).isEqualTo(600);
    }
  }

  private Subscription<Order> payment() {
    return Subscription.of("payment", ORDERS)
        .effectivelyOnce(JdbcHandler.of(database.application(), StorageContract::charge));
  }

  private static void charge(Connection connection, Delivery<Order> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger (number, customer) VALUES (?, ?)")) {
      insert.setInt(1, delivery.message().number());
      insert.setString(2, delivery.message().customer());
      insert.executeUpdate();
    }
  }

  private static void publish(Perille perille, int from, int to) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int i = from; i < to; i++) {
      receipts.add(
          perille
              .publisher(ORDERS)
              .publish(new Order("c" + i % 17, i), MessageId.of("o" + i))
              .toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(30, SECONDS);
    }
  }

  private int ledgerRows() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM ledger")) {
      count.next();
      return count.getInt(1);
    }
  }
}
