package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Reset;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.PartitionStatus;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/**
 * Goal: a log that was restored to an older state than a cursor in another database is detected.
 */
class RestoredLogTest {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(1);

  private final Queue<Integer> paid = new ConcurrentLinkedQueue<>();

  @TempDir Path directory;

  private Database database;
  private Config config;
  private Subscription<Order> payment;

  @BeforeEach
  void prepare() {
    database = Databases.h2(directory);
    config = database.config();
    payment =
        Subscription.of("payment", ORDERS)
            .effectivelyOnce(
                JdbcHandler.of(
                    database.application(),
                    (connection, delivery) -> paid.add(delivery.payload().number())));
  }

  @Test
  void a_cursor_of_another_log_is_refused_for_good_until_it_is_reset() throws Exception {
    Path log = directory.resolve("perille.mv.db");
    Path backup = directory.resolve("backup");
    try (Perille perille = Perille.start(config, payment)) {
      publish(perille, 0, 5);
      awaitPaid(5);
    }
    Files.copy(log, backup);
    try (Perille perille = Perille.start(config, payment)) {
      publish(perille, 5, 10);
      awaitPaid(10);
    }
    Files.copy(backup, log, StandardCopyOption.REPLACE_EXISTING);
    try (Perille perille = Perille.start(config, payment)) {
      awaitRefused(perille, "ends at 5");
      // The cursor is at 10 and the log grows past it. The messages before 10 were never paid.
      publish(perille, 100, 115);
    }
    try (Perille perille = Perille.start(config, payment)) {
      PartitionStatus refused = awaitRefused(perille, "another log");
      assertThat(refused.nextOffset()).hasValue(10);
      assertThat(refused.endOffset()).isEqualTo(20);
      assertThat(paid).hasSize(10);
      perille
          .subscription(payment)
          .reset(Reset.to(StartPosition.offset(5)))
          .toCompletableFuture()
          .get(60, SECONDS);
      awaitPaid(25);
      await().atMost(60, SECONDS).until(() -> perille.health().problems().isEmpty());
      assertThat(status(perille).problems().paused()).isEmpty();
      publish(perille, 115, 120);
      awaitPaid(30);
    }
    assertThat(paid.stream().filter(number -> number >= 100)).hasSize(20).doesNotHaveDuplicates();
  }

  private PartitionStatus awaitRefused(Perille perille, String reason) throws Exception {
    await()
        .atMost(60, SECONDS)
        .until(() -> status(perille).problems().paused().orElse("").contains(reason));
    await()
        .atMost(60, SECONDS)
        .untilAsserted(
            () ->
                assertThat(perille.health().problems())
                    .singleElement()
                    .asString()
                    .contains("subscription 'payment'", "orders", "partition 0", reason));
    assertThat(perille.health().live()).isTrue();
    return status(perille);
  }

  private PartitionStatus status(Perille perille) throws Exception {
    return perille
        .subscription(payment)
        .status()
        .toCompletableFuture()
        .get(60, SECONDS)
        .partitions()
        .get(0);
  }

  private void awaitPaid(int orders) {
    await().atMost(60, SECONDS).until(() -> paid.size() >= orders);
    assertThat(paid).hasSize(orders);
  }

  private static void publish(Perille perille, int from, int to) throws Exception {
    for (int number = from; number < to; number++) {
      perille
          .publisher(ORDERS)
          .publish(new Order("c", number))
          .toCompletableFuture()
          .get(60, SECONDS);
    }
  }
}
