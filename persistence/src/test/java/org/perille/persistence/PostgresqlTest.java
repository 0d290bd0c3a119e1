package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Delivery;
import org.perille.OutsideCall;
import org.perille.Perille;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

class PostgresqlTest extends StorageContract {
  private static final Topic<Order> BOOKINGS =
      Topic.of("bookings", Order.class).keyedBy(Order::customer).withPartitions(1);

  private Database database;

  @Override
  Database database(Path directory) {
    database = Databases.durablePostgresql();
    return database;
  }

  @Override
  long forces() throws Exception {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet sum =
            statement.executeQuery("SELECT SUM(fsyncs) FROM pg_stat_io WHERE object = 'wal'")) {
      sum.next();
      return sum.getLong(1);
    }
  }

  @Test
  void a_key_whose_rows_are_damaged_holds_back_only_itself_and_ends_as_a_dead_letter()
      throws Exception {
    Subscription<Order> bookings =
        Subscription.of("bookings", BOOKINGS)
            .atLeastOnce(OutsideCall.<Order, Order>of(Delivery::payload))
            .withRetries(RetryPolicy.fixed(Duration.ofMillis(10)).withMaxAttempts(2));
    try (Perille perille = Perille.start(database.config(), bookings)) {
      get(perille.subscription(bookings).awaitHandled(publish(perille, "damaged", 1)));
      get(perille.subscription(bookings).awaitHandled(publish(perille, "whole", 1)));
    }
    damageEvents(database, "damaged");
    try (Perille perille = Perille.start(database.config(), bookings)) {
      Receipt damaged = publish(perille, "damaged", 2);
      get(perille.subscription(bookings).awaitHandled(publish(perille, "whole", 2)));
      List<DeadLetter> letters =
          await()
              .atMost(60, SECONDS)
              .until(
                  () ->
                      get(
                          perille
                              .subscription(bookings)
                              .deadLetters()
                              .list(DeadLetterFilter.all())
                              .runWith(Sink.seq(), perille.system())),
                  found -> found.size() == 1);
      assertThat(letters.get(0).offset()).isEqualTo(damaged.offset());
      assertThat(
              get(
                  perille
                      .subscription(bookings)
                      .deadLetters()
                      .discard(DeadLetterFilter.all(), "planned")))
          .isEqualTo(1);
    }
  }

  private static Receipt publish(Perille perille, String customer, int number) throws Exception {
    return get(perille.publisher(BOOKINGS).publish(new Order(customer, number)));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, SECONDS);
  }

  private static void damageEvents(Database database, String key) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "UPDATE perille_journal SET event_payload = '\\x08ff' WHERE persistence_id LIKE"
                      + " 'perille-effect|%k:"
                      + key
                      + "'"))
          .isPositive();
    }
  }
}
