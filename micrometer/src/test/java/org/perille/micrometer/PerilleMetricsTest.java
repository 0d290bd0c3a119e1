package org.perille.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.PerilleListener.Consequence;
import org.perille.PerilleListener.Failed;
import org.perille.PerilleListener.Handled;
import org.perille.PerilleListener.LettersChanged;
import org.perille.PerilleListener.Place;
import org.perille.PerilleListener.Progress;
import org.perille.PerilleListener.Published;
import org.perille.PerilleListener.Refused;
import org.perille.PerilleListener.Unknown;
import org.perille.PublishRefusedException.Reason;
import org.perille.SubscriptionStatus.PartitionProblems;
import org.perille.SubscriptionStatus.PartitionStatus;

class PerilleMetricsTest {
  private static final String TOPIC = "orders";
  private static final List<String> MAIL = List.of(TOPIC, "mail");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();
  private final PerilleMetrics metrics = new PerilleMetrics(registry, nanos::get);

  private static Place place(int partition) {
    return new Place(TOPIC, "mail", partition);
  }

  private static PartitionProblems problems() {
    return PartitionProblems.builder()
        .retrying(1)
        .waiting(2)
        .parkedKeys(3)
        .deadLetters(4)
        .hanging(5)
        .build()
        .withPaused("an operator");
  }

  private static Progress progress(int partition, long lag, Duration age) {
    return new Progress(
        place(partition),
        PartitionStatus.builder(partition)
            .endOffset(lag + 7)
            .nextOffset(7)
            .problems(problems())
            .build(),
        age);
  }

  private double gauge(Metric metric) {
    return registry.get(metric.id()).gauge().value();
  }

  private double count(Metric metric) {
    return registry.get(metric.id()).counters().stream().mapToDouble(Counter::count).sum();
  }

  @Test
  void publishes_are_counted_and_timed() {
    metrics.published(new Published(TOPIC, 10, 3, Duration.ofMillis(20)));
    metrics.published(new Published(TOPIC, 5, 0, Duration.ofMillis(40)));
    metrics.refused(new Refused(TOPIC, Reason.NOT_RUNNING));
    metrics.unknown(new Unknown(TOPIC));
    assertThat(count(Metric.PUBLISHED)).isEqualTo(15);
    assertThat(count(Metric.DUPLICATES)).isEqualTo(3);
    assertThat(count(Metric.UNKNOWN)).isEqualTo(1);
    assertThat(
            registry
                .get(Metric.REFUSED.id())
                .tags("topic", TOPIC, "reason", "not-running")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(registry.get(Metric.PUBLISH_LATENCY.id()).timer().count()).isEqualTo(2);
  }

  @Test
  void attempts_and_operations_are_counted_by_subscription() {
    metrics.handled(new Handled(place(0), 4, Duration.ofMillis(8)));
    metrics.failed(
        new Failed(place(0), 9, DeadLetter.Failure.HANDLER, 1, Consequence.DEAD_LETTERED));
    metrics.redriven(new LettersChanged(place(0), 6));
    metrics.discarded(new LettersChanged(place(0), 7));
    assertThat(count(Metric.HANDLED)).isEqualTo(4);
    assertThat(count(Metric.REDRIVEN)).isEqualTo(6);
    assertThat(count(Metric.DISCARDED)).isEqualTo(7);
    assertThat(
            registry
                .get(Metric.FAILED.id())
                .tags("topic", TOPIC, "subscription", "mail")
                .tags("kind", "handler", "consequence", "dead-lettered")
                .counter()
                .count())
        .isEqualTo(1);
  }

  @Test
  void gauges_are_those_of_all_partitions_of_the_node() {
    metrics.progress(progress(0, 10, Duration.ofSeconds(30)));
    metrics.progress(progress(1, 20, Duration.ofSeconds(90)));
    // Messages that are retried or wait are a part of the lag.
    assertThat(gauge(Metric.LAG)).isEqualTo(10 + 20 + 2 * (1 + 2));
    assertThat(gauge(Metric.LAG_AGE)).isEqualTo(90);
    assertThat(gauge(Metric.RETRYING)).isEqualTo(2);
    assertThat(gauge(Metric.WAITING)).isEqualTo(4);
    assertThat(gauge(Metric.PARKED_KEYS)).isEqualTo(6);
    assertThat(gauge(Metric.DEAD_LETTERS)).isEqualTo(8);
    assertThat(gauge(Metric.HANGING)).isEqualTo(10);
    assertThat(gauge(Metric.PAUSED_PARTITIONS)).isEqualTo(2);
    metrics.progress(progress(1, 1, Duration.ofSeconds(2)));
    assertThat(gauge(Metric.LAG)).isEqualTo(10 + 1 + 2 * (1 + 2));
    assertThat(gauge(Metric.LAG_AGE)).isEqualTo(30);
  }

  @Test
  void a_partition_that_moves_to_another_node_is_counted_there() {
    metrics.partitionStarted(TOPIC, 0);
    metrics.partitionStarted(TOPIC, 1);
    metrics.progress(progress(0, 10, Duration.ofSeconds(30)));
    metrics.progress(progress(1, 20, Duration.ofSeconds(90)));
    metrics.partitionStopped(TOPIC, 1);
    metrics.partitionStopped("another", 1);
    assertThat(gauge(Metric.PARTITIONS)).isEqualTo(1);
    assertThat(count(Metric.PARTITION_STARTS)).isEqualTo(2);
    assertThat(gauge(Metric.LAG_AGE)).isEqualTo(30);
  }

  @Test
  void a_partition_whose_end_was_not_reported_counts_for_minutes_only() {
    metrics.progress(progress(0, 10, Duration.ofSeconds(30)));
    nanos.addAndGet(SubscriptionGauges.OUTDATED_AFTER.toNanos() - 1);
    assertThat(gauge(Metric.LAG)).isPositive();
    nanos.addAndGet(1);
    assertThat(gauge(Metric.LAG)).isZero();
  }

  @Test
  void a_downed_node_owns_nothing_until_it_starts_again() {
    metrics.nodeStarted("a");
    metrics.partitionStarted(TOPIC, 0);
    metrics.progress(progress(0, 10, Duration.ofSeconds(30)));
    metrics.missed(17);
    metrics.nodeDowned("a");
    assertThat(gauge(Metric.PARTITIONS)).isZero();
    assertThat(gauge(Metric.LAG)).isZero();
    assertThat(count(Metric.NODE_DOWNS)).isEqualTo(1);
    assertThat(count(Metric.MISSED)).isEqualTo(17);
    metrics.nodeStarted("b");
    metrics.partitionStarted(TOPIC, 0);
    assertThat(gauge(Metric.PARTITIONS)).isEqualTo(1);
    assertThat(count(Metric.NODE_STARTS)).isEqualTo(2);
  }

  @Test
  void the_same_event_again_registers_no_further_meter() {
    for (int i = 0; i < 100; i++) {
      metrics.published(new Published(TOPIC, 1, 0, Duration.ofMillis(1)));
      metrics.progress(progress(i, 1, Duration.ZERO));
    }
    assertThat(registry.find(Metric.PUBLISHED.id()).counters()).hasSize(1);
    assertThat(registry.find(Metric.LAG.id()).gauges())
        .singleElement()
        .satisfies(
            gauge ->
                assertThat(gauge.getId().getTags().stream().map(tag -> tag.getValue()))
                    .containsExactlyInAnyOrderElementsOf(MAIL));
  }
}
