package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.RetryPolicy;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.internal.cursor.CursorEvent;
import org.perille.internal.log.PartitionEvent;
import org.perille.persistence.Databases.Database;

/**
 * Goal: every effect happens once and every outgoing message is stored once, along a chain of three
 * topics. Fault: the node dies at every step between a message and the end of its handling.
 */
abstract class EffectCrashContract {
  record Order(String customer, String country, int units) implements PerilleMessage {}

  record Movement(String country, int units) implements PerilleMessage {}

  record Booked(int units) implements PerilleMessage {}

  record Stock(int units, int movements) implements PerilleMessage {}

  record Told(String country, int unitsAfter) implements PerilleMessage {}

  private static final int CUSTOMERS = 12;
  private static final int COUNTRIES = 3;
  private static final int ROUNDS = 2;
  private static final int ORDERS_PER_ROUND = 150;

  /** The number of writes of each kind in a round, however many are in one transaction. */
  private static final int WRITES = 3;

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(3);
  private static final Topic<Movement> MOVEMENTS =
      Topic.of("movements", Movement.class).keyedBy(Movement::country).withPartitions(2);
  private static final Topic<Told> TOLD =
      Topic.of("told", Told.class).keyedBy(Told::country).withPartitions(2);

  /** Counts units, and publishes to another topic. */
  private abstract static class Counting<T> implements EventSourcedHandler<T, Stock, Booked> {
    @Override
    public final Class<Stock> stateType() {
      return Stock.class;
    }

    @Override
    public final Class<Booked> eventType() {
      return Booked.class;
    }

    @Override
    public final Stock emptyState() {
      return new Stock(0, 0);
    }

    @Override
    public final Stock apply(Stock state, Booked event) {
      return new Stock(state.units() + event.units(), state.movements() + 1);
    }
  }

  /** Publishes the customers' orders by country. */
  private static final class Inventory extends Counting<Order> {
    @Override
    public Effect<Booked> handle(Stock state, Delivery<Order> delivery) {
      Order order = delivery.payload();
      return Effect.of(new Booked(order.units()))
          .publish(MOVEMENTS, new Movement(order.country(), order.units()));
    }
  }

  /** Publishes the countries' demand to a third topic. */
  private static final class Warehouse extends Counting<Movement> {
    @Override
    public Effect<Booked> handle(Stock state, Delivery<Movement> delivery) {
      Movement movement = delivery.payload();
      return Effect.of(new Booked(movement.units()))
          .publish(TOLD, new Told(movement.country(), state.units() + movement.units()));
    }
  }

  private static final EventSourcedSubscription<Order, Stock> INVENTORY =
      Subscription.of("inventory", ORDERS).effectivelyOnce(new Inventory());
  private static final EventSourcedSubscription<Movement, Stock> WAREHOUSE =
      Subscription.of("warehouse", MOVEMENTS).effectivelyOnce(new Warehouse());

  /** The steps of handling a message, named by the write that they precede or follow. */
  enum Step {
    BEFORE_THE_WRITE("perille-effect|orders~", false),
    AFTER_THE_WRITE_BEFORE_THE_ANSWER("perille-effect|orders~", true),
    AFTER_THE_ANSWER_BEFORE_THE_PUBLISH("perille-partition|movements~", false),
    AFTER_THE_PUBLISH_BEFORE_IT_IS_NOTED("perille-partition|movements~", true),
    BEFORE_THE_CURSOR_IS_WRITTEN("perille-subscription|orders~", false),
    AFTER_THE_CURSOR_IS_WRITTEN("perille-subscription|orders~", true),
    AT_THE_NEXT_STAGE("perille-effect|movements~", true),
    AT_THE_END_OF_THE_CHAIN("perille-partition|told~", true);

    private final String persistenceIds;
    private final boolean after;

    Step(String persistenceIds, boolean after) {
      this.persistenceIds = persistenceIds;
      this.after = after;
    }

    /** Returns whether the plan counts a write. Writes that only record a new owner don't count. */
    private boolean isMeant(AtomicWrite write) {
      return write.persistenceId().startsWith(persistenceIds)
          && !(write.payload().head().payload() instanceof PartitionEvent.Activated)
          && !(write.payload().head().payload() instanceof CursorEvent.Activated);
    }
  }

  @TempDir Path directory;

  private Database database;
  private Perille node;
  private int published;

  abstract Database database(Path directory);

  @BeforeEach
  void prepare() {
    database = database(directory);
  }

  @AfterEach
  void stop() {
    node.close();
  }

  @ParameterizedTest
  @EnumSource(Step.class)
  void a_crash_at_any_step_leaves_every_effect_and_every_outgoing_message_once(Step step)
      throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      CrashingJournal.Plan plan =
          CrashingJournal.plan(
              step::isMeant, step.after, 1 + ThreadLocalRandom.current().nextInt(WRITES));
      node = start(plan);
      List<CompletionStage<Receipt>> receipts = publishOrders();
      plan.crashed().get(180, SECONDS);
      // No further write of the node reaches the database. A running handler may continue.
      node.system().terminate();
      get(node.system().getWhenTerminated());
      assertThat(receipts).hasSize(published);
    }
    node = start(CrashingJournal.plan(write -> false, false, 1));
    publishOrders().forEach(EffectCrashContract::get);
    await()
        .atMost(180, SECONDS)
        .ignoreExceptions()
        .until(
            () ->
                get(node.subscription(INVENTORY).status()).lag() == 0
                    && movements().count() >= published
                    && get(node.subscription(WAREHOUSE).status()).lag() == 0);
    requireAllOnce();
  }

  private Perille start(CrashingJournal.Plan plan) {
    return Perille.start(
        plan.config()
            .withFallback(
                ConfigFactory.parseString(
                    """
                    perille.subscription.cursor-interval = 20ms
                    perille.subscription.max-in-flight-messages = 20
                    perille.feed.batch-messages = 5
                    perille.partition.snapshot-events = 10
                    perille.effect.snapshot-events = 4
                    """))
            .withFallback(database.config()),
        INVENTORY.withRetries(RetryPolicy.fixed(Duration.ofMillis(50)).withUnlimitedAttempts()),
        WAREHOUSE.withRetries(RetryPolicy.fixed(Duration.ofMillis(50)).withUnlimitedAttempts()),
        TOLD);
  }

  /**
   * Publishes a round of orders. Some get no receipt, because the node dies; their ids make it safe
   * to publish them again.
   */
  private List<CompletionStage<Receipt>> publishOrders() {
    published += ORDERS_PER_ROUND;
    List<CompletionStage<Receipt>> receipts = new ArrayList<>();
    for (int i = 0; i < published; i++) {
      receipts.add(
          node.publisher(ORDERS)
              .publish(
                  new Order("customer-" + i % CUSTOMERS, country(i), 1 + i),
                  MessageId.of("order-" + i)));
    }
    return receipts;
  }

  private static String country(int order) {
    return "country-" + order % COUNTRIES;
  }

  private Stream<StoredMessage<Movement>> movements() {
    return IntStream.range(0, COUNTRIES)
        .mapToObj(i -> history(MOVEMENTS, country(i)).stream())
        .flatMap(all -> all);
  }

  private <T> List<StoredMessage<T>> history(Topic<T> topic, String key) {
    return get(node.topic(topic).key(key).history().runWith(Sink.seq(), node.system()));
  }

  private List<KeyEffect> effects(EventSourcedSubscription<?, ?> subscription, String key) {
    return get(
        node.subscription(subscription).key(key).effects().runWith(Sink.seq(), node.system()));
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(180, SECONDS);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void requireAllOnce() {
    for (int i = 0; i < CUSTOMERS; i++) {
      String customer = "customer-" + i;
      List<StoredMessage<Order>> orders = history(ORDERS, customer);
      List<KeyEffect> effects = effects(INVENTORY, customer);
      assertThat(effects)
          .extracting(KeyEffect::offset)
          .isEqualTo(orders.stream().map(StoredMessage::offset).toList());
      assertThat(get(node.subscription(INVENTORY).key(customer).state()).state())
          .isEqualTo(
              new Stock(
                  orders.stream().mapToInt(order -> order.payload().units()).sum(), orders.size()));
    }
    assertThat(movements().map(movement -> movement.payload().units()).sorted())
        .isEqualTo(IntStream.rangeClosed(1, published).boxed().toList());
    for (int i = 0; i < COUNTRIES; i++) {
      List<StoredMessage<Movement>> movements = history(MOVEMENTS, country(i));
      List<Integer> sums = new ArrayList<>();
      int sum = 0;
      for (StoredMessage<Movement> movement : movements) {
        sum += movement.payload().units();
        sums.add(sum);
      }
      assertThat(get(node.subscription(WAREHOUSE).key(country(i)).state()).state())
          .isEqualTo(new Stock(sum, movements.size()));
      assertThat(history(TOLD, country(i)).stream().map(told -> told.payload().unitsAfter()))
          .isEqualTo(sums);
      requireOrder(movements);
    }
  }

  /** Requires the orders of one customer for one country to be in order. */
  private static void requireOrder(List<StoredMessage<Movement>> movements) {
    for (int i = 0; i < CUSTOMERS; i++) {
      int customer = i;
      assertThat(
              movements.stream()
                  .map(movement -> movement.payload().units())
                  .filter(units -> (units - 1) % CUSTOMERS == customer))
          .isSorted();
    }
  }
}
