package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.perille.DeadLetter;
import org.perille.DeadLetterFilter;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Message;
import org.perille.OnExhausted;
import org.perille.Outbox;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Publisher;
import org.perille.RetryPolicy;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;
import org.perille.persistence.internal.DyingDataSource;
import org.perille.spi.CursorState;
import org.perille.spi.TransactionalHandler;

/** The messages that a JDBC handler publishes are a part of its effect, on every database. */
abstract class JdbcPublishingContract {
  record Order(String customer, int number) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(2);
  private static final Topic<Order> BILLS =
      Topic.of("bills", Order.class).keyedBy(Order::customer).withPartitions(3);
  private static final Topic<Order> PARCELS =
      Topic.of("parcels", Order.class).keyedBy(Order::customer);

  private static final RetryPolicy ONCE = RetryPolicy.never();

  @TempDir Path directory;

  /** The stored messages of the topics that the handler publishes to, by their places there. */
  private final Map<String, Integer> bills = new ConcurrentSkipListMap<>();

  private final Map<String, Integer> parcels = new ConcurrentHashMap<>();

  /** The number of each order's attempts. */
  private final Map<Integer, Integer> attempts = new ConcurrentHashMap<>();

  /** The thread whose next commit has no answer. */
  private final AtomicReference<Thread> unanswered = new AtomicReference<>();

  /** Is done between that commit and its failure. */
  private volatile Runnable meanwhile = () -> {};

  private Database database;
  private Outbox outbox;

  /** Keeps H2's file open, which is slow to open. */
  private Connection open;

  private Perille perille;

  abstract Database database(Path directory);

  @BeforeEach
  void create() throws SQLException {
    database = database(directory);
    open = database.application().getConnection();
    outbox = Outbox.of(database.application());
    execute("CREATE TABLE paid (number INTEGER)");
  }

  @AfterEach
  void stop() throws SQLException {
    if (perille != null) {
      perille.close();
    }
    open.close();
  }

  /** Starts a node that looks for rows when it starts, and when it is notified of a commit. */
  private void start(Definition... definitions) {
    Config config =
        ConfigFactory.parseMap(
                Map.of(
                    "pekko.remote.artery.canonical.port", 0, "perille.outbox.poll-interval", "1h"))
            .withFallback(database.config());
    List<Definition> all = new ArrayList<>(List.of(definitions));
    all.add(reader(BILLS, bills));
    all.add(reader(PARCELS, parcels));
    perille = Perille.start(config, all.toArray(Definition[]::new));
  }

  private static Subscription<Order> reader(Topic<Order> topic, Map<String, Integer> stored) {
    return Subscription.of("reader", topic)
        .atLeastOnce(
            delivery -> {
              stored.put(
                  "%d/%06d".formatted(delivery.partition(), delivery.offset()),
                  delivery.payload().number());
            });
  }

  private static Subscription<Order> payment(JdbcHandler<Order> handler) {
    return Subscription.of("payment", ORDERS)
        .effectivelyOnce(handler)
        .onExhausted(OnExhausted.CONTINUE);
  }

  /** The effect: a row, and messages for two topics. */
  private void pay(Connection connection, Delivery<Order> delivery) throws SQLException {
    attempts.merge(delivery.payload().number(), 1, Integer::sum);
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO paid (number) VALUES (?)")) {
      insert.setInt(1, delivery.payload().number());
      insert.executeUpdate();
    }
    outbox.publish(connection, BILLS, delivery.payload());
    outbox.publish(connection, PARCELS, delivery.payload());
  }

  private void order(int first, int last) {
    Publisher<Order> publisher = perille.publisher(ORDERS);
    List<CompletableFuture<?>> receipts = new ArrayList<>();
    for (int number = first; number <= last; number++) {
      receipts.add(
          publisher.publish(new Order("customer" + number % 5, number)).toCompletableFuture());
    }
    CompletableFuture.allOf(receipts.toArray(CompletableFuture[]::new))
        .orTimeout(60, SECONDS)
        .join();
  }

  private List<Integer> paid() throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT number FROM paid ORDER BY number")) {
      List<Integer> numbers = new ArrayList<>();
      while (row.next()) {
        numbers.add(row.getInt(1));
      }
      return numbers;
    }
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = database.application().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Waits until exactly these orders are paid, each once, and everything is published. */
  private void awaitPaidAndPublished(List<Integer> numbers) throws SQLException {
    await()
        .atMost(60, SECONDS)
        .untilAsserted(
            () -> {
              assertThat(paid()).isEqualTo(numbers);
              assertThat(outbox.status().waiting()).isZero();
              assertThat(bills.values()).containsExactlyInAnyOrderElementsOf(numbers);
              assertThat(parcels.values()).containsExactlyInAnyOrderElementsOf(numbers);
            });
  }

  private static List<Integer> numbers(int first, int last) {
    return IntStream.rangeClosed(first, last).boxed().toList();
  }

  private List<DeadLetter> awaitDeadLetters(Subscription<Order> subscription, int count) {
    AtomicReference<List<DeadLetter>> letters = new AtomicReference<>();
    await()
        .atMost(60, SECONDS)
        .until(
            () -> {
              letters.set(
                  perille
                      .subscription(subscription)
                      .deadLetters()
                      .list(DeadLetterFilter.all())
                      .runWith(Sink.seq(), perille.system())
                      .toCompletableFuture()
                      .get(60, SECONDS));
              return letters.get().size() >= count;
            });
    return letters.get();
  }

  @Test
  void what_a_handler_publishes_follows_its_commit_at_once_and_in_order() throws Exception {
    // The handler's DataSource is the plain one, and rows are looked for once in an hour.
    start(payment(JdbcHandler.of(database.application(), this::pay)), outbox);
    order(1, 200);
    awaitPaidAndPublished(numbers(1, 200));
    // The numbers of each customer rise, in whatever partition they are.
    for (int customer = 0; customer < 5; customer++) {
      int rest = customer;
      assertThat(bills.values().stream().filter(number -> number % 5 == rest)).isSorted();
    }
  }

  @Test
  void a_batch_publishes_what_each_of_its_messages_does() throws Exception {
    start(
        payment(
            JdbcHandler.ofBatches(
                database.application(),
                (connection, deliveries) -> {
                  for (Delivery<Order> delivery : deliveries) {
                    pay(connection, delivery);
                  }
                })),
        outbox);
    order(1, 200);
    awaitPaidAndPublished(numbers(1, 200));
  }

  @Test
  void an_attempt_that_fails_publishes_nothing_and_its_repetition_once() throws Exception {
    start(
        payment(
            JdbcHandler.of(
                database.application(),
                (connection, delivery) -> {
                  pay(connection, delivery);
                  if (delivery.attempt() == 1 && delivery.payload().number() % 3 == 0) {
                    throw new IllegalStateException("planned");
                  }
                })),
        outbox);
    order(1, 30);
    awaitPaidAndPublished(numbers(1, 30));
    assertThat(attempts.get(3)).isGreaterThan(1);
  }

  @Test
  void a_message_that_always_fails_takes_nothing_of_the_others_in_its_transaction()
      throws Exception {
    Subscription<Order> payment =
        payment(
                JdbcHandler.of(
                    database.application(),
                    (connection, delivery) -> {
                      pay(connection, delivery);
                      if (delivery.payload().number() == 7) {
                        throw new IllegalStateException("planned");
                      }
                    }))
            .withRetries(ONCE);
    start(payment, outbox);
    order(1, 30);
    awaitDeadLetters(payment, 1);
    List<Integer> others = new ArrayList<>(numbers(1, 30));
    others.remove(Integer.valueOf(7));
    awaitPaidAndPublished(others);
  }

  /** Pays. The commit of this order is done, and has no answer. */
  private JdbcEffect<Order> withoutAnswer(int number) {
    return (connection, delivery) -> {
      pay(connection, delivery);
      if (delivery.payload().number() == number) {
        unanswered.set(Thread.currentThread());
      }
    };
  }

  /** Returns the application's pool, with a commit that has no answer. */
  private DataSource losing() {
    return proxy(
        DataSource.class,
        database.application(),
        (name, result) -> result instanceof Connection connection ? losing(connection) : result);
  }

  private Connection losing(Connection connection) {
    return proxy(
        Connection.class,
        connection,
        (name, result) -> {
          if (name.equals("commit") && unanswered.compareAndSet(Thread.currentThread(), null)) {
            meanwhile.run();
            throw new SQLException("the answer is lost", "08006");
          }
          return result;
        });
  }

  private interface Answer {
    Object of(String method, Object result) throws SQLException;
  }

  private static <T> T proxy(Class<T> type, T target, Answer answer) {
    return type.cast(
        Proxy.newProxyInstance(
            JdbcPublishingContract.class.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return answer.of(method.getName(), method.invoke(target, arguments));
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }

  @Test
  void a_commit_without_an_answer_publishes_once() throws Exception {
    start(payment(JdbcHandler.of(losing(), withoutAnswer(6))), outbox);
    order(1, 5);
    awaitPaidAndPublished(numbers(1, 5));
    order(6, 6);
    await().atMost(60, SECONDS).until(() -> paid().contains(6));
    // Nothing notifies the relay of that commit. The next one also shows the row.
    order(7, 7);
    awaitPaidAndPublished(numbers(1, 7));
    assertThat(attempts.get(6)).isEqualTo(1);
  }

  @Test
  void a_crash_between_the_commit_and_the_relay_publishes_once() throws Exception {
    start(payment(JdbcHandler.of(losing(), withoutAnswer(6))), outbox);
    order(1, 5);
    awaitPaidAndPublished(numbers(1, 5));
    Perille crashing = perille;
    meanwhile = () -> crashing.system().terminate();
    order(6, 6);
    crashing.system().getWhenTerminated().toCompletableFuture().get(60, SECONDS);
    assertThat(paid()).isEqualTo(numbers(1, 6));

    start(payment(JdbcHandler.of(database.application(), this::pay)), outbox);
    awaitPaidAndPublished(numbers(1, 6));
    assertThat(attempts.get(6)).isEqualTo(1);
  }

  @Test
  void whatever_statement_a_handler_s_process_dies_at_it_publishes_once() throws Exception {
    start(ORDERS, outbox);
    JdbcHandler.of(database.application(), this::pay).prepare(database.config());
    int last = 0;
    boolean died = true;
    for (int deathAt = 1; died; deathAt++) {
      for (boolean executed : List.of(true, false)) {
        last++;
        DyingDataSource dying =
            new DyingDataSource(database.application(), deathAt, executed, () -> {});
        try {
          handle(dying.source(), last);
        } catch (Exception e) {
          assertThat(dying.isDead()).as(e.toString()).isTrue();
        }
        handle(database.application(), last);
        died = dying.isDead();
      }
    }
    assertThat(last).isGreaterThan(12);
    awaitPaidAndPublished(numbers(1, last));
  }

  /** Handles an order as a worker of this process, unless the cursor has passed it. */
  private void handle(DataSource source, int number) throws Exception {
    TransactionalHandler.Claim<Order> claim =
        JdbcHandler.of(source, this::pay).claim("orders", "payment", 0);
    if (claim.stored().isEmpty()) {
      claim.change(none -> new CursorState(0, ""));
    }
    if (claim.stored().map(CursorState::nextOffset).orElse(0L) < number) {
      claim.process(
          List.of(
              Delivery.builder(new Order("ada", number))
                  .subscription("payment")
                  .topic("orders")
                  .key("ada")
                  .offset(number - 1)
                  .build()),
          (current, finished) -> new CursorState(finished.get(0) + 1, ""));
    }
  }

  @Test
  void handlers_of_messages_that_wait_at_the_start_find_their_outbox() throws Exception {
    start(ORDERS);
    order(1, 20);
    perille.close();
    start(payment(JdbcHandler.of(database.application(), this::pay)), outbox);
    awaitPaidAndPublished(numbers(1, 20));
    assertThat(attempts.values()).containsOnly(1);
  }

  @Test
  void a_handler_on_another_database_than_the_outbox_fails_with_what_to_do() throws Exception {
    Database other = database(directory.resolve("other"));
    Subscription<Order> payment =
        payment(
                JdbcHandler.of(
                    other.application(),
                    (connection, delivery) ->
                        outbox.publish(connection, BILLS, delivery.payload())))
            .withRetries(ONCE);
    start(payment, outbox);
    order(1, 1);
    assertThat(awaitDeadLetters(payment, 1).get(0).errorMessage().orElseThrow())
        .contains("perille_outbox", "use the DataSource that was given to Outbox.of");
    assertThat(bills).isEmpty();
  }

  @Test
  void a_handler_can_not_publish_in_a_transaction_of_its_own_by_mistake() throws Exception {
    Subscription<Order> payment =
        payment(
                JdbcHandler.of(
                    database.application(),
                    (connection, delivery) ->
                        outbox.publish(BILLS, Message.of(delivery.payload()))))
            .withRetries(ONCE);
    start(payment, outbox);
    order(1, 1);
    assertThat(awaitDeadLetters(payment, 1).get(0).errorMessage().orElseThrow())
        .contains("call publish(connection, topic, message) with the handler's connection");
    assertThat(outbox.status().waiting()).isZero();
    // Elsewhere it is allowed.
    outbox.publish(BILLS, Message.of(new Order("ada", 2)));
    await().atMost(60, SECONDS).until(() -> bills.containsValue(2));
  }
}
