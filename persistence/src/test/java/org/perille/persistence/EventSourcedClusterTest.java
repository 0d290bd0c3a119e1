package org.perille.persistence;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.perille.Definition;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.EventSourcedSubscription;
import org.perille.KeyEffect;
import org.perille.KeyState;
import org.perille.MessageId;
import org.perille.Perille;
import org.perille.PerilleMessage;
import org.perille.Receipt;
import org.perille.Reset;
import org.perille.ResetReport;
import org.perille.StoredMessage;
import org.perille.Subscription;
import org.perille.Topic;
import org.perille.persistence.Databases.Database;

/**
 * A chain of topics on several nodes: orders by customer, then sales by product.
 *
 * <p>Event-sourced subscriptions handle both. The nodes are in one JVM, with real connections, on
 * one PostgreSQL.
 */
class EventSourcedClusterTest {
  private static final int CUSTOMERS = 20;
  private static final int PRODUCTS = 7;

  record Order(String customer, int number) implements PerilleMessage {}

  record Sale(String product, int number) implements PerilleMessage {}

  record Counted(int number) implements PerilleMessage {}

  /** The number of messages, and the sum of their numbers. */
  record Count(int count, long sum) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(8);
  private static final Topic<Sale> SALES =
      Topic.of("sales", Sale.class).keyedBy(Sale::product).withPartitions(4);

  /** Counts, and replies with the count. */
  private abstract static class Counting<T> implements EventSourcedHandler<T, Count, Counted> {
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
      return new Count(0, 0);
    }

    @Override
    public Count apply(Count state, Counted event) {
      return new Count(state.count() + 1, state.sum() + event.number());
    }
  }

  private final Database database = Databases.postgresql();
  private final List<Perille> nodes = new ArrayList<>();

  /** The calls of both handlers, by node. */
  private final AtomicIntegerArray calls = new AtomicIntegerArray(3);

  @AfterEach
  void stop() {
    // The first node has logs in every test: without it the others would wait for its partitions.
    for (int i = nodes.size() - 1; i >= 0; i--) {
      nodes.get(i).close();
    }
  }

  /** Returns the address of the first node; nothing for that node, which has a port of its own. */
  private List<String> seedNodes() {
    return nodes.stream()
        .limit(1)
        .map(first -> Cluster.get(first.system()).selfMember().address().toString())
        .toList();
  }

  private Perille start(String partitionRole, List<String> roles, Definition... all) {
    Config config =
        ConfigFactory.parseMap(
                Map.ofEntries(
                    Map.entry("pekko.remote.artery.canonical.port", 0),
                    Map.entry("pekko.cluster.roles", roles),
                    Map.entry("perille.cluster.partition-role", partitionRole),
                    Map.entry("pekko.cluster.seed-nodes", seedNodes()),
                    // The time between the downing of a node and the start of its work elsewhere.
                    Map.entry("pekko.cluster.split-brain-resolver.stable-after", "1s"),
                    // A terminated node doesn't say goodbye.
                    Map.entry("pekko.coordinated-shutdown.run-by-actor-system-terminate", "off"),
                    Map.entry("pekko.cluster.run-coordinated-shutdown-when-down", "off"),
                    Map.entry("perille.publisher.timeout", "2m"),
                    Map.entry("perille.cluster.handled-timeout", "2m"),
                    Map.entry("perille.effect.snapshot-events", 10),
                    // Many effects are durable in the keys' journals and ahead of the cursors.
                    Map.entry("perille.subscription.cursor-interval", "1s")))
            .withFallback(database.config());
    Perille started = Perille.start(config, all);
    nodes.add(started);
    return started;
  }

  private EventSourcedSubscription<Order, Count> shop(int node) {
    return Subscription.of("shop", ORDERS)
        .effectivelyOnce(
            new Counting<>() {
              @Override
              public Effect<Counted> handle(Count state, Delivery<Order> delivery) {
                calls.incrementAndGet(node);
                int number = delivery.payload().number();
                return Effect.of(new Counted(number))
                    .publish(SALES, new Sale("p" + number % PRODUCTS, number))
                    .reply(new Count(state.count() + 1, state.sum() + number));
              }
            });
  }

  private EventSourcedSubscription<Sale, Count> totals(int node) {
    return Subscription.of("totals", SALES)
        .effectivelyOnce(
            new Counting<>() {
              @Override
              public Effect<Counted> handle(Count state, Delivery<Sale> delivery) {
                calls.incrementAndGet(node);
                return Effect.of(new Counted(delivery.payload().number()));
              }
            });
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(180, SECONDS);
  }

  private static <T> List<T> all(Perille node, Source<T, NotUsed> source) throws Exception {
    return get(source.runWith(Sink.seq(), node.system()));
  }

  private static CompletableFuture<Receipt> publish(Perille node, int number) {
    return node.publisher(ORDERS)
        .publish(new Order("c" + number % CUSTOMERS, number), MessageId.of("o" + number))
        .toCompletableFuture();
  }

  /** Returns the count of the numbers from 0 that belong to a key. */
  private static Count expected(int published, int keys, int key) {
    int[] numbers = IntStream.range(0, published).filter(n -> n % keys == key).toArray();
    return new Count(numbers.length, IntStream.of(numbers).asLongStream().sum());
  }

  private void awaitTotals(Perille node, int published) {
    await()
        .atMost(180, SECONDS)
        .untilAsserted(
            () -> {
              int counted = 0;
              for (int product = 0; product < PRODUCTS; product++) {
                counted +=
                    get(node.subscription(totals(0)).key("p" + product).state()).state().count();
              }
              assertThat(counted).isGreaterThanOrEqualTo(published);
            });
  }

  /**
   * Requires that nothing is lost or duplicated: states, effects and the topic in between agree.
   */
  private void assertEachOnce(Perille node, int published) throws Exception {
    awaitTotals(node, published);
    for (int customer = 0; customer < CUSTOMERS; customer++) {
      String key = "c" + customer;
      assertThat(get(node.subscription(shop(0)).key(key).state()).state())
          .isEqualTo(expected(published, CUSTOMERS, customer));
      assertThat(all(node, node.subscription(shop(0)).key(key).effects()))
          .extracting(KeyEffect::offset)
          .isEqualTo(
              all(node, node.topic(ORDERS).key(key).history()).stream()
                  .map(StoredMessage::offset)
                  .toList());
    }
    List<Integer> sold = new ArrayList<>();
    for (int product = 0; product < PRODUCTS; product++) {
      String key = "p" + product;
      all(node, node.topic(SALES).key(key).history())
          .forEach(sale -> sold.add(sale.payload().number()));
      assertThat(get(node.subscription(totals(0)).key(key).state()).state())
          .isEqualTo(expected(published, PRODUCTS, product));
    }
    assertThat(sold.stream().sorted())
        .containsExactlyElementsOf(IntStream.range(0, published).boxed().toList());
  }

  @Test
  void every_node_can_ask_and_reset_also_one_that_neither_handles_nor_keeps_logs()
      throws Exception {
    EventSourcedSubscription<Order, Count> shop = shop(0).onNodesWithRole("shop");
    EventSourcedSubscription<Sale, Count> totals = totals(1).onNodesWithRole("totals");
    start("shop", List.of("shop"), shop, totals);
    start("shop", List.of("totals"), shop, totals);
    Perille web = start("shop", List.of("web"), ORDERS, SALES);
    int published = 0;
    for (Perille node : nodes) {
      for (int i = 0; i < 40; i++) {
        int number = published++;
        Receipt receipt = get(publish(node, number));
        int customer = number % CUSTOMERS;
        if (i % 10 == 0) {
          assertThat(get(node.subscription(shop).reply(receipt, Count.class)))
              .contains(expected(published, CUSTOMERS, customer));
        }
      }
      assertEachOnce(node, published);
    }
    ResetReport report = get(web.subscription(shop).reset(Reset.toBeginning()));
    assertThat(report).asString().startsWith(published + " messages are handled again");
    get(web.subscription(totals).reset(Reset.toBeginning()));
    for (int i = 0; i < CUSTOMERS; i++) {
      int number = published++;
      get(web.subscription(shop).awaitHandled(get(publish(web, number))));
    }
    for (Perille node : nodes) {
      assertEachOnce(node, published);
      KeyState<Count> state = get(node.subscription(shop).key("c1").state());
      assertThat(state.generation()).isEqualTo(1);
    }
    assertThat(calls.get(2)).isZero();
  }

  @Test
  void nodes_that_join_die_and_leave_in_the_middle_lose_and_double_nothing() throws Exception {
    Perille first = start("", List.of(), shop(0), totals(0));
    Perille dying = start("", List.of(), shop(1), totals(1));
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Integer> publishing =
        CompletableFuture.supplyAsync(
            () -> {
              int number = 0;
              while (!stop.get()) {
                List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                  receipts.add(publish(first, number++));
                }
                receipts.forEach(CompletableFuture::join);
              }
              return number;
            });
    awaitCalls(1, 200);
    Perille joining = start("", List.of(), shop(2), totals(2));
    awaitCalls(2, 200);
    awaitCalls(1, calls.get(1) + 50);

    Address dead = Cluster.get(dying.system()).selfMember().address();
    dying.system().terminate();
    get(dying.system().getWhenTerminated());
    // The downing provider does this eventually, which tests with real processes show.
    Cluster.get(first.system()).manager().tell(new Down(dead));
    int atDeath = calls.get(1);
    awaitCalls(0, calls.get(0) + 200);
    awaitCalls(2, calls.get(2) + 200);
    joining.close();
    awaitCalls(0, calls.get(0) + 500);

    stop.set(true);
    int published = get(publishing);
    assertEachOnce(first, published);
    assertThat(calls.get(1)).isEqualTo(atDeath);
    assertThat(calls.get(0) + calls.get(1) + calls.get(2)).isGreaterThanOrEqualTo(2 * published);
  }

  private void awaitCalls(int node, int atLeast) {
    await().atMost(180, SECONDS).until(() -> calls.get(node) >= atLeast);
  }
}
