package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.DeadLetterFilter;
import org.perille.DeadLetters;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.SubscriptionStatus;
import org.perille.Topic;
import org.perille.internal.cursor.WorkerIds;
import org.perille.internal.log.PartitionId;
import org.perille.persistence.Databases.Database;
import org.perille.spi.StorageProfile;

/** The guarantees that must hold on every database, with a complete Perille on it. */
abstract class StorageContract {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  /** Counts the messages of a key. */
  private static final EventSourcedHandler<Order, Order, Order> COUNTING =
      new EventSourcedHandler<>() {
        @Override
        public Class<Order> stateType() {
          return Order.class;
        }

        @Override
        public Class<Order> eventType() {
          return Order.class;
        }

        @Override
        public Order emptyState() {
          return new Order("", 0);
        }

        @Override
        public Effect<Order> handle(Order state, Delivery<Order> delivery) {
          return Effect.of(delivery.payload());
        }

        @Override
        public Order apply(Order state, Order event) {
          return new Order(event.customer(), state.number() + 1);
        }
      };

  @TempDir Path directory;

  private Database database;

  abstract Database database(Path directory);

  /**
   * Returns the number of forces by the database so far. Those of the last second may be missing.
   */
  abstract long forces() throws Exception;

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
      await().atMost(180, SECONDS).until(() -> ledgerRows() == 500);
      publish(perille, 400, 600);
      await().atMost(180, SECONDS).until(() -> ledgerRows() == 600);
    }
    try (Perille perille = Perille.start(database.config(), payment)) {
      awaitAllHandled(perille, payment);
      assertThat(ledgerRows()).isEqualTo(600);
    }
  }

  @Test
  void only_partitions_with_messages_and_their_workers_store_anything() throws Exception {
    Queue<Delivery<Order>> mailed = new ConcurrentLinkedQueue<>();
    Queue<Delivery<Order>> booked = new ConcurrentLinkedQueue<>();
    int used;
    try (Perille perille =
        Perille.start(
            database.config(),
            Subscription.of("mails", ORDERS).atLeastOnce(mailed::add),
            Subscription.of("books", ORDERS).atLeastOnce(booked::add))) {
      used = publishOne(perille, ORDERS, 1).partition();
      await().atMost(180, SECONDS).until(() -> !mailed.isEmpty() && !booked.isEmpty());
    }
    assertThat(journals())
        .isNotEmpty()
        .allSatisfy(id -> assertThat(id).containsPattern("orders~" + used + "(~|$)"));
  }

  @Test
  void the_used_ones_are_found_among_thousands_of_journals() throws Exception {
    Queue<Delivery<Order>> mailed = new ConcurrentLinkedQueue<>();
    Subscription<Order> mails = Subscription.of("mails", ORDERS).atLeastOnce(mailed::add);
    int used;
    try (Perille perille = Perille.start(database.config(), mails)) {
      assertThat(usedAmongThousands(perille)).isEmpty();
      used = publishOne(perille, ORDERS, 1).partition();
      await().atMost(180, SECONDS).until(() -> !mailed.isEmpty());
    }
    List<String> stored = journals();
    try (Perille perille = Perille.start(database.config(), mails)) {
      assertThat(usedAmongThousands(perille))
          .isNotEmpty()
          .containsAll(stored)
          .allSatisfy(id -> assertThat(id).containsPattern("orders~" + used + "(~|$)"));
    }
  }

  private Set<String> usedAmongThousands(Perille perille) {
    StorageProfile profile =
        ServiceLoader.load(StorageProfile.class).stream()
            .map(ServiceLoader.Provider::get)
            .filter(p -> p.name().equals(database.config().getString("perille.storage.profile")))
            .findFirst()
            .orElseThrow();
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 2500; i++) {
      ids.add("perille-partition|unused~" + i);
    }
    for (int partition = 0; partition < ORDERS.partitions(); partition++) {
      PartitionId id = new PartitionId(ORDERS.name(), partition);
      WorkerIds worker = new WorkerIds(id, "mails");
      ids.addAll(List.of(id.persistenceId(), worker.cursor(), worker.failures()));
    }
    return profile.withEvents(perille.system(), perille.system().settings().config(), ids);
  }

  private List<String> journals() throws SQLException {
    List<String> found = new ArrayList<>();
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery(
              "SELECT DISTINCT \"persistence_id\" FROM \"perille_journal\""
                  + " WHERE \"persistence_id\" LIKE '%orders~%'")) {
        while (row.next()) {
          found.add(row.getString(1));
        }
      }
    }
    return found;
  }

  @Test
  void a_subscription_is_paused_and_described_before_there_are_messages() throws Exception {
    Queue<Delivery<Order>> mailed = new ConcurrentLinkedQueue<>();
    Subscription<Order> mails = Subscription.of("mails", ORDERS).atLeastOnce(mailed::add);
    try (Perille perille = Perille.start(database.config(), mails)) {
      assertThat(statuses(perille, mails))
          .hasSize(4)
          .allSatisfy(status -> assertThat(status.lag()).isZero());
      perille.subscription(mails).pause("until noon").toCompletableFuture().get(180, SECONDS);
      assertThat(statuses(perille, mails))
          .allSatisfy(status -> assertThat(status.problems().paused()).hasValue("until noon"));
      Receipt receipt = publishOne(perille, ORDERS, 1);
      assertThat(mailed).isEmpty();
      perille.subscription(mails).resume().toCompletableFuture().get(180, SECONDS);
      perille.subscription(mails).awaitHandled(receipt).toCompletableFuture().get(180, SECONDS);
      assertThat(mailed).hasSize(1);
    }
  }

  private static List<SubscriptionStatus.PartitionStatus> statuses(
      Perille perille, Subscription<Order> subscription) throws Exception {
    return perille
        .subscription(subscription)
        .status()
        .toCompletableFuture()
        .get(180, SECONDS)
        .partitions();
  }

  @Test
  void what_is_cleaned_up_behind_snapshots_is_missed_by_nobody_after_a_restart() throws Exception {
    Config config =
        ConfigFactory.parseString(
                "perille.partition { snapshot-events = 50, snapshot-bytes = 1 KiB },"
                    + " perille.subscription.cursor-interval = 1ms,"
                    + " perille.storage.h2.sync = off")
            .withFallback(database.config());
    Topic<Order> one = Topic.of("one", Order.class).keyedBy(Order::customer).withPartitions(1);
    Queue<Delivery<Order>> seen = new ConcurrentLinkedQueue<>();
    Subscription<Order> mails = Subscription.of("mails", one).atLeastOnce(seen::add);
    int messages = 260;
    try (Perille perille = Perille.start(config, mails)) {
      for (int number = 0; number < messages; number++) {
        int last = number;
        publishOne(perille, one, number);
        await()
            .pollInterval(Duration.ofMillis(1))
            .atMost(180, SECONDS)
            .until(() -> seen.size() > last);
      }
    }
    seen.clear();
    try (Perille perille = Perille.start(config, mails)) {
      assertThat(publishOne(perille, one, 0).duplicate()).isTrue();
      assertThat(publishOne(perille, one, messages).offset()).isEqualTo(messages);
      await().atMost(180, SECONDS).until(() -> !seen.isEmpty());
      assertThat(seen).extracting(d -> d.payload().number()).containsExactly(messages);
    }
    assertThat(mostSnapshotsOfAnActor()).isEqualTo(2);
    // The last 50 to 100 cursors remain, and as many again whose deletion the end has interrupted.
    assertThat(rows("\"perille_journal\" WHERE \"persistence_id\" LIKE 'perille-subscription|%'"))
        .isBetween(1, 202);
    assertThat(rows("perille_subscription")).isEqualTo(1);
    assertThat(rows("perille_topic")).isEqualTo(1);
  }

  private int rows(String table) throws SQLException {
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT COUNT(*) FROM " + table)) {
      count.next();
      return count.getInt(1);
    }
  }

  private int mostSnapshotsOfAnActor() throws SQLException {
    try (Connection connection = database.storage().getConnection();
        Statement statement = connection.createStatement();
        ResultSet counts =
            statement.executeQuery(
                "SELECT COUNT(*) FROM \"perille_snapshot\" GROUP BY \"persistence_id\" ORDER BY 1"
                    + " DESC")) {
      counts.next();
      return counts.getInt(1);
    }
  }

  @Test
  void a_reset_calls_handlers_again_from_its_position_on_once_and_through_a_restart()
      throws Exception {
    Subscription<Order> payment = payment();
    Queue<Delivery<Order>> mails = new ConcurrentLinkedQueue<>();
    Subscription<Order> mail = Subscription.of("mail", ORDERS).atLeastOnce(mails::add);
    Reset reset = Reset.toBeginning();
    try (Perille perille = Perille.start(database.config(), payment, mail)) {
      publish(perille, 0, 100);
      awaitAllHandled(perille, payment);
      awaitAllHandled(perille, mail);
      // The application must clear what a handler has written.
      clearLedger();
      assertThat(perille.subscription(payment).reset(reset).toCompletableFuture().get(180, SECONDS))
          .asString()
          .startsWith("100 messages are handled again");
      perille.subscription(mail).reset(reset).toCompletableFuture().get(180, SECONDS);
      awaitAllHandled(perille, payment);
      awaitAllHandled(perille, mail);
      assertThat(ledgerRows()).isEqualTo(100);
      assertThat(mails).hasSize(200);
      assertThat(mails.stream().skip(100)).allMatch(Delivery::redelivered);
      assertThat(mails.stream().map(Delivery::deliveryId).distinct()).hasSize(100);
    }
    try (Perille perille = Perille.start(database.config(), payment, mail)) {
      perille.subscription(payment).reset(reset).toCompletableFuture().get(180, SECONDS);
      publish(perille, 100, 110);
      awaitAllHandled(perille, payment);
      assertThat(ledgerRows()).isEqualTo(110);
    }
  }

  @Test
  void each_write_that_is_confirmed_alone_is_forced_to_the_disk() throws Exception {
    Topic<Order> charges = topic("charges");
    Topic<Order> mails = topic("mails");
    Topic<Order> counts = topic("counts");
    AtomicInteger seen = new AtomicInteger();
    Subscription<Order> atMostOnce =
        Subscription.of("log", mails).atMostOnce(delivery -> seen.incrementAndGet());
    Subscription<Order> failing =
        Subscription.of("pay", charges)
            .atLeastOnce(
                delivery -> {
                  throw new IllegalStateException("no money");
                })
            .withRetries(RetryPolicy.never());
    Subscription<Order> eventSourced = Subscription.of("count", counts).effectivelyOnce(COUNTING);
    int messages = 8;
    try (Perille perille =
        Perille.start(database.config(), ORDERS, atMostOnce, failing, eventSourced)) {
      long before = forces();
      for (int i = 1; i <= messages; i++) {
        int number = i;
        // The log; then log and cursor; log and key; log, dead letter and its end.
        publishOne(perille, ORDERS, number);
        publishOne(perille, mails, number);
        await().atMost(60, SECONDS).until(() -> seen.get() == number);
        Receipt counted = publishOne(perille, counts, number);
        perille
            .subscription(eventSourced)
            .awaitHandled(counted)
            .toCompletableFuture()
            .get(60, SECONDS);
        publishOne(perille, charges, number);
        DeadLetters<Order> letters = perille.subscription(failing).deadLetters();
        await()
            .atMost(60, SECONDS)
            .until(
                () ->
                    letters
                            .discard(DeadLetterFilter.all(), "a test")
                            .toCompletableFuture()
                            .get(60, SECONDS)
                        == 1);
      }
      await().atMost(60, SECONDS).until(() -> forces() - before >= 8L * messages);
    }
  }

  private static Topic<Order> topic(String name) {
    return Topic.of(name, Order.class).keyedBy(Order::customer).withPartitions(1);
  }

  private static void awaitAllHandled(Perille perille, Subscription<?> subscription) {
    await()
        .atMost(180, SECONDS)
        .until(
            () -> {
              var status =
                  perille
                      .subscription(subscription)
                      .status()
                      .toCompletableFuture()
                      .get(180, SECONDS);
              return status.attached() && status.lag() == 0;
            });
  }

  private static Receipt publishOne(Perille perille, Topic<Order> topic, int number)
      throws Exception {
    return perille
        .publisher(topic)
        .publish(new Order("c", number), MessageId.of("o" + number))
        .toCompletableFuture()
        .get(180, SECONDS);
  }

  private Subscription<Order> payment() {
    return Subscription.of("payment", ORDERS)
        .effectivelyOnce(JdbcHandler.of(database.application(), StorageContract::charge));
  }

  private static void charge(Connection connection, Delivery<Order> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger (number, customer) VALUES (?, ?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.setString(2, delivery.payload().customer());
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
      receipt.get(180, SECONDS);
    }
  }

  private void clearLedger() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM ledger");
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
