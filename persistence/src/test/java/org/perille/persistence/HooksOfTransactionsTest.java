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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Delivery;
import org.perille.DeliveryInterceptor;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.PerilleListener;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/** Hooks that throw change no effect of a JDBC handler, and those that don't see each of them. */
class HooksOfTransactionsTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);

  private static final int MESSAGES = 200;

  @TempDir Path directory;

  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger ended = new AtomicInteger();
  private final AtomicInteger committed = new AtomicInteger();
  private final AtomicInteger handled = new AtomicInteger();
  private final AtomicInteger failedOnce = new AtomicInteger();

  private final DeliveryInterceptor counting =
      new DeliveryInterceptor() {
        @Override
        public Scope enter(String subscription, Delivery<?> delivery) {
          begun.incrementAndGet();
          return failure -> {
            ended.incrementAndGet();
            committed.addAndGet(failure.isEmpty() ? 1 : 0);
          };
        }
      };

  private static final DeliveryInterceptor THROWING =
      new DeliveryInterceptor() {
        @Override
        public Scope enter(String subscription, Delivery<?> delivery) {
          Thread.currentThread().interrupt();
          if (delivery.offset() % 2 == 0) {
            throw new NoClassDefFoundError("planned");
          }
          return failure -> {
            throw new StackOverflowError("planned");
          };
        }
      };

  private final PerilleListener listener =
      new PerilleListener() {
        @Override
        public void handled(Handled event) {
          handled.addAndGet(event.messages());
        }
      };

  private void insert(String table, Connection connection, Delivery<Order> delivery)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO " + table + " (number) VALUES (?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.executeUpdate();
    }
    if (delivery.payload().number() == 7 && delivery.attempt() == 1) {
      failedOnce.incrementAndGet();
      throw new IllegalStateException("planned");
    }
  }

  private static List<Integer> numbers(Database database, String table) throws SQLException {
    List<Integer> numbers = new ArrayList<>();
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT number FROM " + table + " ORDER BY 1")) {
      while (rows.next()) {
        numbers.add(rows.getInt(1));
      }
    }
    return numbers;
  }

  @Test
  void each_effect_happens_once_and_has_a_scope_alone_or_in_a_batch() throws Exception {
    Database database = Databases.h2(directory);
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE one (number INT PRIMARY KEY)");
      statement.execute("CREATE TABLE batch (number INT PRIMARY KEY)");
      RetryPolicy retries = RetryPolicy.fixed(Duration.ofMillis(1));
      Subscription<Order> one =
          Subscription.of("one", ORDERS)
              .effectivelyOnce(
                  JdbcHandler.<Order>of(
                      database.application(), (open, order) -> insert("one", open, order)))
              .withRetries(retries);
      Subscription<Order> batch =
          Subscription.of("batch", ORDERS)
              .effectivelyOnce(
                  JdbcHandler.<Order>ofBatches(
                      database.application(),
                      (open, orders) -> {
                        for (Delivery<Order> order : orders) {
                          insert("batch", open, order);
                        }
                      }))
              .withRetries(retries);
      NodeOptions options =
          NodeOptions.none()
              .withListener(listener)
              .withInterceptor(THROWING)
              .withInterceptor(counting);
      try (Perille perille = Perille.start(database.config(), one, batch, options)) {
        List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
        for (int number = 0; number < MESSAGES; number++) {
          Order order = new Order("c" + number % 5, number);
          receipts.add(perille.publisher(ORDERS).publish(order).toCompletableFuture());
        }
        for (CompletableFuture<Receipt> receipt : receipts) {
          assertThat(receipt.get(180, SECONDS).duplicate()).isFalse();
        }
        await().atMost(180, SECONDS).until(() -> handled.get() == 2 * MESSAGES);
        await().atMost(180, SECONDS).until(() -> committed.get() == 2 * MESSAGES);
        await().atMost(180, SECONDS).until(() -> ended.get() == begun.get());
        assertThat(failedOnce).hasPositiveValue();
        assertThat(begun).hasValueGreaterThan(2 * MESSAGES);
        for (String table : List.of("one", "batch")) {
          assertThat(numbers(database, table))
              .containsExactlyElementsOf(IntStream.range(0, MESSAGES).boxed().toList());
        }
      }
    }
  }
}
