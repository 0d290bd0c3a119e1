package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.ConfigurationException;
import org.perille.DeadLetterFilter;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.Handler;
import org.perille.Nack;
import org.perille.OnExhausted;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.StartPosition;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;
import org.slf4j.LoggerFactory;

/**
 * The result of changing, renaming or removing a subscription's definition between two starts.
 *
 * <p>Runs on every database, through the public API.
 */
abstract class ChangedSubscriptionContract {
  record Order(String customer, int number) implements PerilleMessage {}

  record Count(int orders) implements PerilleMessage {}

  record Counted(int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);

  /** Counts the orders of a customer. */
  private static final class Counter implements EventSourcedHandler<Order, Count, Counted> {
    @Override
    public Class<Count> stateType() {
      return Count.class;
    }

    @Override
    public Class<Counted> eventType() {
      return Counted.class;
    }

    @Override
    public Count emptyState() {
      return new Count(0);
    }

    @Override
    public Effect<Counted> handle(Count state, Delivery<Order> delivery) {
      return Effect.of(new Counted(delivery.payload().number()));
    }

    @Override
    public Count apply(Count state, Counted event) {
      return new Count(state.orders() + 1);
    }
  }

  @TempDir Path directory;

  private final Queue<Delivery<Order>> seen = new ConcurrentLinkedQueue<>();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private Database database;

  abstract Database database(Path directory);

  /** Returns another database of the application, with the ledger and without cursors. */
  abstract DataSource otherDatabase(Path directory);

  @BeforeEach
  void prepare() throws SQLException {
    database = database(directory);
    createLedger(database.application());
    log.start();
    perilleLog().setLevel(Level.INFO);
    perilleLog().addAppender(log);
  }

  @AfterEach
  void stopListening() {
    perilleLog().detachAppender(log);
    perilleLog().setLevel(null);
  }

  private static Logger perilleLog() {
    return (Logger) LoggerFactory.getLogger("org.perille");
  }

  private List<String> logged() {
    return List.copyOf(log.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static void createLedger(DataSource dataSource) throws SQLException {
    execute(dataSource, "CREATE TABLE ledger (number INTEGER PRIMARY KEY, customer VARCHAR(20))");
  }

  private static void execute(DataSource dataSource, String sql) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private Perille start(Definition... definitions) {
    Config config =
        ConfigFactory.parseString("perille.cluster.registry-interval = 100ms")
            .withFallback(database.config());
    return Perille.start(config, definitions);
  }

  private String refusal(Definition definition) {
    try (Perille perille = start(definition)) {
      throw new AssertionError(definition + " was not refused by " + perille);
    } catch (ConfigurationException e) {
      return e.getMessage();
    }
  }

  private static Subscription.Draft<Order> payment() {
    return Subscription.of("payment", ORDERS);
  }

  private Subscription<Order> jdbc(String name, DataSource dataSource) {
    return Subscription.of(name, ORDERS)
        .effectivelyOnce(JdbcHandler.of(dataSource, ChangedSubscriptionContract::charge));
  }

  private static void charge(Connection connection, Delivery<Order> delivery) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO ledger (number, customer) VALUES (?, ?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.setString(2, delivery.payload().customer());
      insert.executeUpdate();
    }
  }

  private static List<Integer> ledger(DataSource dataSource) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT number FROM ledger ORDER BY number")) {
      List<Integer> numbers = new ArrayList<>();
      while (row.next()) {
        numbers.add(row.getInt(1));
      }
      return numbers;
    }
  }

  private List<Integer> numbers() {
    return seen.stream().map(delivery -> delivery.payload().number()).sorted().toList();
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.range(from, to).boxed().toList();
  }

  private static void publish(Perille perille, int from, int to) throws Exception {
    List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
    for (int number = from; number < to; number++) {
      receipts.add(
          perille
              .publisher(ORDERS)
              .publish(new Order("c" + number % 5, number))
              .toCompletableFuture());
    }
    for (CompletableFuture<Receipt> receipt : receipts) {
      receipt.get(60, SECONDS);
    }
  }

  private static void awaitAllHandled(Perille perille, Subscription<?> subscription) {
    await()
        .atMost(60, SECONDS)
        .until(
            () -> {
              var status =
                  perille
                      .subscription(subscription)
                      .status()
                      .toCompletableFuture()
                      .get(30, SECONDS);
              return status.attached() && status.lag() == 0;
            });
  }

  @Test
  void a_jdbc_handler_goes_on_where_the_function_under_its_name_stopped() throws Exception {
    Handler<Order> failing =
        delivery -> {
          if (delivery.payload().customer().equals("c3")) {
            throw new IllegalStateException("planned");
          }
          seen.add(delivery);
        };
    Subscription<Order> function =
        payment().atLeastOnce(failing).withRetries(RetryPolicy.fixed(Duration.ofSeconds(2)));
    try (Perille perille = start(function)) {
      publish(perille, 0, 40);
      await().atMost(60, SECONDS).until(() -> seen.size() >= 32);
      // The failed message, and those behind it, wait for the next attempt.
      await()
          .atMost(60, SECONDS)
          .until(() -> logged().stream().anyMatch(line -> line.contains("failed to handle")));
    }
    Subscription<Order> jdbc = jdbc("payment", database.application());
    try (Perille perille = start(jdbc)) {
      publish(perille, 40, 50);
      await().atMost(60, SECONDS).until(() -> ledger(database.application()).size() >= 18);
      awaitAllHandled(perille, jdbc);
    }
    List<Integer> expected = new ArrayList<>(range(40, 50));
    range(0, 40).stream().filter(number -> number % 5 == 3).forEach(expected::add);
    assertThat(ledger(database.application())).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(numbers()).doesNotContainAnyElementsOf(expected).hasSize(32);
    assertThat(logged()).anyMatch(line -> line.contains("takes the cursor over from the journal"));

    assertThat(refusal(function))
        .contains("'payment'")
        .contains("registered as effectively-once with a JDBC handler")
        .contains("defined as at-least-once with a function")
        .contains("leaves its connection unused");
    try (Perille perille = start(jdbc)) {
      awaitAllHandled(perille, jdbc);
      assertThat(ledger(database.application())).hasSize(18);
    }
  }

  @Test
  void other_cursors_are_refused_until_the_rows_are_there() throws Exception {
    DataSource application = database.application();
    Subscription<Order> before = jdbc("payment", application);
    try (Perille perille = start(before)) {
      publish(perille, 0, 20);
      awaitAllHandled(perille, before);
    }
    DataSource other = otherDatabase(directory);
    createLedger(other);
    assertThat(refusal(jdbc("payment", other))).contains("all messages would be handled again");
    assertThat(ledger(other)).isEmpty();

    Subscription<Order> otherTable =
        payment()
            .effectivelyOnce(
                JdbcHandler.<Order>of(application, ChangedSubscriptionContract::charge)
                    .withCursorTable("other_cursor"));
    assertThat(refusal(otherTable))
        .contains("perille_cursor")
        .contains("other_cursor")
        .contains("[0, 1]")
        .contains("copy its rows");
    execute(application, "INSERT INTO other_cursor SELECT * FROM perille_cursor");
    execute(application, "DELETE FROM perille_cursor");
    try (Perille perille = start(otherTable)) {
      publish(perille, 20, 25);
      awaitAllHandled(perille, otherTable);
    }
    // A second effect of a message would violate the primary key, and fail permanently.
    assertThat(ledger(application)).isEqualTo(range(0, 25));
    assertThat(logged()).noneMatch(line -> line.contains("failed to handle"));
  }

  @Test
  void a_new_name_is_warned_of_and_a_former_name_continues() throws Exception {
    Handler<Order> handler =
        delivery -> {
          if (delivery.payload().number() == 7) {
            throw Nack.giveUp("planned");
          }
          seen.add(delivery);
        };
    Subscription<Order> old = payment().atLeastOnce(handler).onExhausted(OnExhausted.CONTINUE);
    try (Perille perille = start(old)) {
      publish(perille, 0, 20);
      awaitAllHandled(perille, old);
    }
    assertThat(logged()).noneMatch(line -> line.contains("is NEW"));
    seen.clear();
    Subscription<Order> pay =
        Subscription.of("pay", ORDERS).atLeastOnce(seen::add).formerly("payment");
    Subscription<Order> audit = Subscription.of("audit", ORDERS).atLeastOnce(delivery -> {});
    Subscription<Order> latest =
        Subscription.of("latest", ORDERS)
            .atLeastOnce(delivery -> {})
            .startingAt(StartPosition.latest());
    try (Perille perille = start(pay, audit, latest)) {
      publish(perille, 20, 25);
      awaitAllHandled(perille, pay);
      assertThat(numbers()).isEqualTo(range(20, 25));
      assertThat(seen).allMatch(delivery -> delivery.deliveryId().startsWith("payment/orders/"));
      perille
          .subscription(pay)
          .deadLetters()
          .redrive(DeadLetterFilter.all(), "ticket 1")
          .toCompletableFuture()
          .get(60, SECONDS);
      await().atMost(60, SECONDS).until(() -> numbers().contains(7));
    }
    List<String> warnings = logged().stream().filter(line -> line.contains("is NEW")).toList();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).contains("'audit'").contains("20 messages").contains("'payment'");

    // A node whose definition lacks the new name so far, and one that no longer needs the former
    // name.
    seen.clear();
    try (Perille perille = start(payment().atLeastOnce(seen::add))) {
      publish(perille, 25, 30);
      await().atMost(60, SECONDS).until(() -> seen.size() >= 5);
    }
    try (Perille perille = start(Subscription.of("pay", ORDERS).atLeastOnce(seen::add))) {
      publish(perille, 30, 35);
      await().atMost(60, SECONDS).until(() -> seen.size() >= 10);
    }
    assertThat(numbers()).isEqualTo(range(25, 35));
    assertThat(logged()).anyMatch(line -> line.contains("is now named 'pay'"));
  }

  @Test
  void a_renamed_event_sourced_subscription_keeps_its_states_and_can_be_no_other_kind()
      throws Exception {
    EventSourcedSubscription<Order, Count> old =
        Subscription.of("count", ORDERS).effectivelyOnce(new Counter());
    try (Perille perille = start(old)) {
      publish(perille, 0, 20);
      awaitAllHandled(perille, old);
    }
    assertThat(refusal(Subscription.of("count", ORDERS).atLeastOnce(seen::add)))
        .contains("these would be handled again");
    EventSourcedSubscription<Order, Count> renamed =
        Subscription.of("counter", ORDERS).effectivelyOnce(new Counter()).formerly("count");
    try (Perille perille = start(renamed)) {
      publish(perille, 20, 25);
      awaitAllHandled(perille, renamed);
      assertThat(
              perille
                  .subscription(renamed)
                  .key("c1")
                  .state()
                  .toCompletableFuture()
                  .get(60, SECONDS)
                  .state())
          .isEqualTo(new Count(5));
    }
    assertThat(seen).isEmpty();
  }

  @Test
  void a_changed_guarantee_goes_on_and_what_nobody_runs_is_named_and_can_be_removed()
      throws Exception {
    Subscription<Order> atLeastOnce = payment().atLeastOnce(seen::add);
    try (Perille perille = start(atLeastOnce)) {
      publish(perille, 0, 10);
      awaitAllHandled(perille, atLeastOnce);
      assertThatThrownBy(
              () ->
                  perille
                      .removeSubscription("orders", "payment")
                      .toCompletableFuture()
                      .get(60, SECONDS))
          .hasRootCauseInstanceOf(ConfigurationException.class)
          .hasMessageContaining("this node runs it");
    }
    Subscription<Order> atMostOnce = payment().atMostOnce(seen::add);
    try (Perille perille = start(atMostOnce)) {
      publish(perille, 10, 20);
      awaitAllHandled(perille, atMostOnce);
      await().atMost(60, SECONDS).until(() -> seen.size() >= 20);
    }
    assertThat(numbers()).isEqualTo(range(0, 20));
    assertThat(logged()).anyMatch(line -> line.contains("was at-least-once with a function"));
    try (Perille perille = start(ORDERS)) {
      await()
          .atMost(60, SECONDS)
          .until(() -> logged().stream().anyMatch(line -> line.contains("cursor doesn't advance")));
      for (int time = 0; time < 2; time++) {
        perille.removeSubscription("orders", "payment").toCompletableFuture().get(60, SECONDS);
      }
      assertThatThrownBy(
              () ->
                  perille
                      .removeSubscription("orders", "paymnet")
                      .toCompletableFuture()
                      .get(60, SECONDS))
          .hasMessageContaining("it isn't registered")
          .hasMessageContaining("[payment]");
    }
    try (Perille perille = start(atLeastOnce)) {
      publish(perille, 20, 25);
      awaitAllHandled(perille, atLeastOnce);
    }
    assertThat(numbers()).isEqualTo(range(0, 25));
    assertThat(logged()).anyMatch(line -> line.contains("was removed at"));
  }
}
