package org.perille.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.perille.CircuitBreaker;
import org.perille.DeadLetter;
import org.perille.Delivery;
import org.perille.Effect;
import org.perille.EventSourcedHandler;
import org.perille.Limits;
import org.perille.NodeOptions;
import org.perille.Outbox;
import org.perille.OutboxStatus;
import org.perille.Perille;
import org.perille.PerilleListener.BreakerState;
import org.perille.PerilleListener.Consequence;
import org.perille.PerilleListener.Failed;
import org.perille.PerilleListener.Handled;
import org.perille.PerilleListener.JournalWritten;
import org.perille.PerilleListener.LettersChanged;
import org.perille.PerilleListener.LimitsProgress;
import org.perille.PerilleListener.LogProgress;
import org.perille.PerilleListener.OutboxProgress;
import org.perille.PerilleListener.OutboxRelayed;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Progress;
import org.perille.PerilleListener.Published;
import org.perille.PerilleListener.Recovered;
import org.perille.PerilleListener.Recovery;
import org.perille.PerilleListener.Refused;
import org.perille.PerilleListener.TransactionsProgress;
import org.perille.PerilleListener.Unknown;
import org.perille.PerilleListener.WorkerProgress;
import org.perille.PerilleMessage;
import org.perille.PublishRefusedException.Reason;
import org.perille.Subscription;
import org.perille.SubscriptionStatus.PartitionStatus;
import org.perille.Topic;

/** Goal: the metrics of a real node, and the files and documents that name them. */
class NodeMetricsTest {
  record Order(String id, String customer) implements PerilleMessage {}

  private static final Topic<Order> ORDERS =
      Topic.of("orders", Order.class).keyedBy(Order::customer).withPartitions(4);

  private static final Path ROOT = Path.of("..");
  private static final Pattern ROW =
      Pattern.compile("\\| `([a-z.]+)` \\| ([a-z]+) \\| ([a-z]*) \\| ([a-z, `]*) \\| (.*) \\|");
  private static final Pattern PROMETHEUS_NAME = Pattern.compile("\\bperille_[a-z_]+");

  @Test
  void a_node_shows_what_it_publishes_and_handles_and_what_waits() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    PerilleMetrics metrics = PerilleMetrics.of(registry);
    CompletableFuture<Void> released = new CompletableFuture<>();
    Subscription<Order> mail =
        Subscription.of("mail", ORDERS)
            .atLeastOnce(
                delivery -> {
                  if (delivery.key().equals("held")) {
                    released.join();
                  }
                });
    try (Perille perille =
        Perille.start(config(), NodeOptions.none().withListener(metrics), mail)) {
      metrics.watch(perille);
      Set<Integer> used = new HashSet<>();
      for (int i = 0; i < 21; i++) {
        Order order = new Order("o-" + i, i < 20 ? "anna" : "held");
        used.add(perille.publisher(ORDERS).publish(order).toCompletableFuture().join().partition());
      }
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .untilAsserted(
              () -> {
                assertThat(registry.get("perille.published").counter().count()).isEqualTo(21);
                assertThat(registry.get("perille.handled").counter().count()).isEqualTo(20);
                assertThat(registry.get("perille.partitions").gauge().value())
                    .isEqualTo(used.size());
                assertThat(registry.get("perille.lag").gauge().value()).isEqualTo(1);
                assertThat(registry.get("perille.lag.age").gauge().value()).isPositive();
              });
      assertThat(registry.get("perille.live").gauge().value()).isEqualTo(1);
      assertThat(registry.get("perille.ready").gauge().value()).isEqualTo(1);
      assertThat(registry.get("perille.node.starts").counter().count()).isEqualTo(1);
      released.complete(null);
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .untilAsserted(
              () -> {
                assertThat(registry.get("perille.handled").counter().count()).isEqualTo(21);
                assertThat(registry.get("perille.lag").gauge().value()).isZero();
                assertThat(registry.get("perille.lag.age").gauge().value()).isZero();
              });
    } finally {
      released.complete(null);
    }
  }

  record Total(int orders) implements PerilleMessage {}

  /** Counts the orders of a customer. */
  private static final class Counting implements EventSourcedHandler<Order, Total, Total> {
    @Override
    public Class<Total> stateType() {
      return Total.class;
    }

    @Override
    public Class<Total> eventType() {
      return Total.class;
    }

    @Override
    public Total emptyState() {
      return new Total(0);
    }

    @Override
    public Effect<Total> handle(Total state, Delivery<Order> delivery) {
      return Effect.of(new Total(1));
    }

    @Override
    public Total apply(Total state, Total event) {
      return new Total(state.orders() + event.orders());
    }
  }

  @Test
  void a_node_shows_its_workers_keys_effects_limits_journal_and_log() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    PerilleMetrics metrics = PerilleMetrics.of(registry);
    CompletableFuture<Void> released = new CompletableFuture<>();
    Subscription<Order> counting =
        Subscription.of("counting", ORDERS).effectivelyOnce(new Counting());
    Subscription<Order> slow =
        Subscription.of("slow", ORDERS)
            .atLeastOnce(delivery -> released.join())
            .withLimits(Limits.none().withConcurrencyPerNode(2).withRatePerNode(1_000));
    Subscription<Order> broken =
        Subscription.of("broken", ORDERS)
            .atLeastOnce(
                delivery -> {
                  throw new IllegalStateException("planned");
                })
            .withCircuitBreaker(CircuitBreaker.of(1, 2, Duration.ofHours(1)));
    try (Perille perille =
        Perille.start(config(), NodeOptions.none().withListener(metrics), counting, slow, broken)) {
      for (int i = 0; i < 20; i++) {
        perille
            .publisher(ORDERS)
            .publish(new Order("o-" + i, "c-" + i % 5))
            .toCompletableFuture()
            .join();
      }
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .untilAsserted(
              () -> {
                for (Subscription<Order> one : List.of(counting, slow, broken)) {
                  assertThat(of(registry, Metric.WORKERS, one)).isEqualTo(4);
                  assertThat(registry.get(Metric.WORKER_STARTS.id()).tags(tags(one)).counter())
                      .satisfies(starts -> assertThat(starts.count()).isGreaterThanOrEqualTo(4));
                }
                assertThat(of(registry, Metric.KEYS, counting)).isEqualTo(5);
                assertThat(registry.get(Metric.EFFECTS.id()).tags(tags(counting)).counter().count())
                    .isEqualTo(20);
                assertThat(
                        registry
                            .get(Metric.KEYS_RECOVERED.id())
                            .tags(tags(counting))
                            .counter()
                            .count())
                    .isEqualTo(5);
                assertThat(
                        registry
                            .get(Metric.KEYS_RECOVERY.id())
                            .tags(tags(counting))
                            .counter()
                            .count())
                    .isPositive();
                assertThat(of(registry, Metric.IN_FLIGHT, slow)).isEqualTo(2);
                assertThat(of(registry, Metric.PERMITS_USED, slow)).isEqualTo(2);
                assertThat(of(registry, Metric.PERMITS, slow)).isEqualTo(2);
                assertThat(of(registry, Metric.RATE_LIMIT, slow)).isEqualTo(1_000);
                assertThat(of(registry, Metric.BREAKER, broken)).isEqualTo(2);
                assertThat(
                        registry
                            .get(Metric.BREAKER_OPENED.id())
                            .tags(tags(broken))
                            .counter()
                            .count())
                    .isEqualTo(1);
                assertThat(registry.get(Metric.LOG.id()).gauge().value()).isEqualTo(20);
                assertThat(
                        registry
                            .get(Metric.RECOVERY.id())
                            .tags("topic", "orders", "kind", "partition")
                            .timer()
                            .count())
                    .isGreaterThanOrEqualTo(4);
                assertThat(
                        registry
                            .get(Metric.RECOVERY.id())
                            .tags("topic", "orders", "kind", "worker")
                            .timer()
                            .count())
                    .isGreaterThanOrEqualTo(12);
                long transactions = registry.get(Metric.JOURNAL_WRITE.id()).timer().count();
                assertThat(transactions).isPositive();
                assertThat(registry.get(Metric.JOURNAL_ROWS.id()).counter().count())
                    .isGreaterThanOrEqualTo((double) transactions);
                assertThat(registry.get(Metric.JOURNAL_WAITING.id()).gauge().value())
                    .isGreaterThanOrEqualTo(0);
              });
    } finally {
      released.complete(null);
    }
    // What had ended before the node did is reported.
    await()
        .atMost(180, SECONDS)
        .untilAsserted(() -> assertThat(of(registry, Metric.WORKERS, counting)).isZero());
  }

  private static double of(MeterRegistry registry, Metric metric, Subscription<?> subscription) {
    return registry.get(metric.id()).tags(tags(subscription)).gauge().value();
  }

  private static Iterable<Tag> tags(Subscription<?> subscription) {
    return Tags.of("topic", "orders", "subscription", subscription.name());
  }

  @Test
  void a_node_shows_the_outbox_that_it_relays() throws SQLException {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    PerilleMetrics metrics = PerilleMetrics.of(registry);
    JdbcDataSource database = new JdbcDataSource();
    database.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    Outbox outbox = Outbox.of(database);
    try (Perille perille =
            Perille.start(config(), NodeOptions.none().withListener(metrics), ORDERS, outbox);
        Connection connection = database.getConnection()) {
      metrics.watch(perille);
      connection.setAutoCommit(false);
      for (int i = 0; i < 7; i++) {
        outbox.publish(connection, ORDERS, new Order("o-" + i, "anna"));
      }
      connection.commit();
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .untilAsserted(
              () -> {
                assertThat(registry.get(Metric.OUTBOX_PUBLISHED.id()).counter().count())
                    .isEqualTo(7);
                assertThat(registry.get(Metric.OUTBOX_RELAYED.id()).counter().count()).isEqualTo(7);
                assertThat(registry.get(Metric.OUTBOX_WAITING.id()).gauge().value()).isZero();
                assertThat(registry.get(Metric.OUTBOX_AGE.id()).gauge().value()).isZero();
              });
      // A row that can't be relayed is a dead letter, and parks what is behind it.
      execute(connection, "SELECT perille_publish('orders', 'anna', '{\"none\": 1}', NULL, NULL)");
      outbox.publish(connection, ORDERS, new Order("o-7", "anna"));
      connection.commit();
      await()
          .atMost(180, SECONDS)
          .untilAsserted(
              () -> {
                assertThat(registry.get(Metric.OUTBOX_DEAD_LETTERS.id()).gauge().value())
                    .isEqualTo(1);
                assertThat(registry.get(Metric.OUTBOX_PARKED.id()).gauge().value()).isEqualTo(1);
              });
      // A relay that fails begins again, and goes on once its table is back.
      execute(connection, "ALTER TABLE perille_outbox_batch RENAME TO renamed");
      outbox.publish(connection, ORDERS, new Order("o-8", "berta"));
      connection.commit();
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .until(() -> registry.get(Metric.OUTBOX_FAILURES.id()).counter().count() > 0);
      execute(connection, "ALTER TABLE renamed RENAME TO perille_outbox_batch");
      await()
          .atMost(180, SECONDS)
          .untilAsserted(
              () ->
                  assertThat(registry.get(Metric.OUTBOX_RELAYED.id()).counter().count())
                      .isEqualTo(8));
    }
  }

  /** Returns the configuration of a node with a database of its own, in memory. */
  private static Config config() {
    return ConfigFactory.parseString(
            "perille.storage.h2 { directory = \"mem:%s\", sync = off }"
                .formatted(UUID.randomUUID()))
        .withFallback(ConfigFactory.load());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
    connection.commit();
  }

  @Test
  void every_metric_is_in_the_documentation_with_its_unit_tags_and_meaning() throws IOException {
    Set<String> documented =
        ROW.matcher(Files.readString(ROOT.resolve("docs/reference/metrics.md")))
            .results()
            .map(
                row ->
                    String.join(
                        " | ",
                        row.group(1),
                        row.group(2),
                        row.group(3),
                        row.group(4).replace("`", ""),
                        row.group(5)))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> existing =
        Arrays.stream(Metric.values())
            .map(
                metric ->
                    String.join(
                        " | ",
                        metric.id(),
                        metric.kind().name().toLowerCase(Locale.ROOT),
                        metric.unit(),
                        String.join(", ", metric.tags()),
                        metric.description()))
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(documented).containsExactlyElementsOf(existing);
  }

  @Test
  void dashboards_and_alerts_ask_for_metrics_that_exist() throws IOException {
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    registerAll(registry);
    Set<String> existing =
        PROMETHEUS_NAME
            .matcher(registry.scrape())
            .results()
            .map(name -> name.group())
            .collect(Collectors.toSet());
    for (String file : List.of("grafana.json", "alerts.yml")) {
      Set<String> used =
          PROMETHEUS_NAME
              .matcher(Files.readString(Path.of("dashboards", file)))
              .results()
              .map(name -> name.group())
              .collect(Collectors.toSet());
      assertThat(used).as(file).hasSizeGreaterThan(5).isSubsetOf(existing);
    }
  }

  @Test
  void each_metric_is_registered_by_some_event_or_for_a_node() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    registerAll(registry);
    Set<String> registered =
        registry.getMeters().stream()
            .map(Meter::getId)
            .map(Meter.Id::getName)
            .collect(Collectors.toSet());
    assertThat(registered)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Metric.values()).map(Metric::id).toList());
  }

  private static void registerAll(MeterRegistry registry) {
    PerilleMetrics metrics = PerilleMetrics.of(registry);
    Place place = new Place("orders", "mail", 0);
    metrics.published(new Published("orders", 1, 0, Duration.ofMillis(1)));
    metrics.refused(new Refused("orders", Reason.NOT_RUNNING));
    metrics.unknown(new Unknown("orders"));
    metrics.handled(new Handled(place, 1, Duration.ofMillis(1)));
    metrics.failed(new Failed(place, 0, DeadLetter.Failure.HANDLER, 1, Consequence.RETRIED));
    metrics.redriven(new LettersChanged(place, 1));
    metrics.discarded(new LettersChanged(place, 1));
    metrics.progress(new Progress(place, PartitionStatus.builder(0).build(), Duration.ZERO));
    metrics.partitionStarted("orders", 0);
    metrics.logProgress(new LogProgress("orders", 0, 1));
    metrics.recovered(new Recovered(Recovery.WORKER, "orders", 0, Duration.ofMillis(1)));
    metrics.workerStarted(place);
    metrics.workerProgress(new WorkerProgress(place, 1, 1, 1, 1, Duration.ofMillis(1)));
    metrics.limitsProgress(
        new LimitsProgress(
            "orders",
            "mail",
            1,
            OptionalInt.of(1),
            OptionalDouble.of(1),
            Optional.of(BreakerState.CLOSED),
            0));
    metrics.journalWritten(new JournalWritten(1, Duration.ofMillis(1), 0));
    metrics.outboxPublished("sales");
    metrics.outboxRelayed(new OutboxRelayed("sales", 1));
    metrics.outboxFailed("sales");
    metrics.outboxProgress(
        new OutboxProgress("sales", OutboxStatus.of(0, Duration.ZERO, 0, 0, Optional.empty())));
    metrics.transactionsProgress(new TransactionsProgress(0, 1, Duration.ofMillis(1)));
    metrics.nodeStarted("a");
    metrics.nodeDowned("a");
    metrics.missed(1);
    // As watch() does for a node.
    Meters meters = new Meters(registry);
    for (Metric metric : List.of(Metric.LIVE, Metric.READY, Metric.PROBLEMS)) {
      meters.gauge(metric, registry, any -> 1);
    }
  }
}
