package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.perille.Delivery;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/**
 * Goal: nothing is lost, duplicated or reordered.
 *
 * <p>Fault: the server repeatedly ends all connections of Perille and of the handlers, in any
 * state.
 */
class LostConnectionsTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final int CUTS = 6;
  private static final int CUSTOMERS = 40;

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(8);

  private final Database database = Databases.postgresql();

  @Test
  void every_message_is_stored_and_has_its_effect_once_through_lost_connections() throws Exception {
    execute("CREATE TABLE ledger (number INTEGER PRIMARY KEY, customer TEXT, seq BIGSERIAL)");
    Queue<Delivery<Order>> mails = new ConcurrentLinkedQueue<>();
    Subscription<Order> payment =
        Subscription.of("payment", ORDERS)
            .effectivelyOnce(JdbcHandler.of(database.application(), LostConnectionsTest::charge))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(50)).withUnlimitedAttempts());
    Subscription<Order> mail = Subscription.of("mail", ORDERS).atLeastOnce(mails::add);
    try (Perille perille = Perille.start(database.config(), payment, mail)) {
      List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
      int cut = 0;
      int connectionsCut = 0;
      for (int number = 0; cut < CUTS; number++) {
        CompletableFuture<Receipt> receipt =
            perille
                .publisher(ORDERS)
                .publish(new Order("c" + number % CUSTOMERS, number), MessageId.of("o" + number))
                .toCompletableFuture();
        receipts.add(receipt);
        if (number % 300 == 299) {
          connectionsCut += cutConnections();
          cut++;
          // The next messages may find a database that answers or one that doesn't. Both belong to
          // the fault.
          receipts.get(number - 250).get(180, SECONDS);
        }
      }
      assertThat(connectionsCut).isGreaterThan(CUTS);
      for (CompletableFuture<Receipt> receipt : receipts) {
        assertThat(receipt.get(180, SECONDS).duplicate()).isFalse();
      }
      int published = receipts.size();
      await()
          .atMost(180, SECONDS)
          .ignoreExceptions()
          .until(
              () ->
                  ledger().size() == published
                      && mails.stream().map(m -> m.payload().number()).distinct().count()
                          == published);
      for (int customer = 0; customer < CUSTOMERS; customer++) {
        int remainder = customer;
        assertThat(ledger().stream().filter(number -> number % CUSTOMERS == remainder)).isSorted();
      }
      assertThat(receipts.stream().map(CompletableFuture::join).distinct()).hasSize(published);
    }
  }

  private static void charge(Connection connection, Delivery<Order> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger (number, customer) VALUES (?, ?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.setString(2, delivery.payload().customer());
      insert.executeUpdate();
    }
  }

  private int cutConnections() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet cut =
            statement.executeQuery(
                "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname ="
                    + " current_database() AND pid <> pg_backend_pid()")) {
      cut.next();
      return cut.getInt(1);
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Returns the orders in the order of their charges. */
  private List<Integer> ledger() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT number FROM ledger ORDER BY seq")) {
      List<Integer> numbers = new ArrayList<>();
      while (rows.next()) {
        numbers.add(rows.getInt(1));
      }
      return numbers;
    }
  }
}
