package org.perille.micrometer;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.search.MeterNotFoundException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.PerilleListener.Consequence;
import org.perille.PerilleListener.Failed;
import org.perille.PerilleListener.Handled;
import org.perille.PerilleListener.LettersChanged;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Progress;
import org.perille.PerilleListener.Published;
import org.perille.PerilleListener.Refused;
import org.perille.PerilleListener.Unknown;
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
        Perille.start(
            ConfigFactory.parseString(
                    "perille.storage.h2 { directory = \"mem:metrics\", sync = off }")
                .withFallback(ConfigFactory.load()),
            NodeOptions.none().withListener(metrics),
            mail)) {
      metrics.watch(perille);
      for (int i = 0; i < 20; i++) {
        perille.publisher(ORDERS).publish(new Order("o-" + i, "anna")).toCompletableFuture().join();
      }
      perille.publisher(ORDERS).publish(new Order("o-20", "held")).toCompletableFuture().join();
      await()
          .atMost(180, SECONDS)
          .ignoreException(MeterNotFoundException.class)
          .untilAsserted(
              () -> {
                assertThat(registry.get("perille.published").counter().count()).isEqualTo(21);
                assertThat(registry.get("perille.handled").counter().count()).isEqualTo(20);
                assertThat(registry.get("perille.partitions").gauge().value()).isEqualTo(4);
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
