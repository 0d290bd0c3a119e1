package org.perille.micrometer;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.perille.DeadLetter;
import org.perille.OutboxStatus;
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
    nanos.addAndGet(Latest.OUTDATED_AFTER.toNanos() - 1);
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
  void workers_and_keys_are_those_that_run_on_this_node() {
    metrics.workerStarted(place(0));
    metrics.workerStarted(place(1));
    metrics.workerProgress(
        new WorkerProgress(place(0), 3, 100, 1_000, 200, Duration.ofMillis(1_500)));
    metrics.workerProgress(new WorkerProgress(place(1), 2, 50, 500, 100, Duration.ofMillis(500)));
    assertThat(gauge(Metric.WORKERS)).isEqualTo(2);
    assertThat(gauge(Metric.IN_FLIGHT)).isEqualTo(5);
    assertThat(gauge(Metric.KEYS)).isEqualTo(150);
    assertThat(count(Metric.EFFECTS)).isEqualTo(1_500);
    assertThat(count(Metric.KEYS_RECOVERED)).isEqualTo(300);
    assertThat(count(Metric.KEYS_RECOVERY)).isEqualTo(2);
    metrics.workerStopped(place(0));
    assertThat(gauge(Metric.WORKERS)).isEqualTo(1);
    assertThat(gauge(Metric.IN_FLIGHT)).isEqualTo(2);
    assertThat(gauge(Metric.KEYS)).isEqualTo(50);
    metrics.workerStarted(place(0));
    assertThat(count(Metric.WORKER_STARTS)).isEqualTo(3);
    metrics.nodeDowned("a");
    assertThat(gauge(Metric.WORKERS)).isZero();
    assertThat(gauge(Metric.KEYS)).isZero();
  }

  @Test
  void a_subscription_without_keys_limits_or_breaker_has_no_meters_of_them() {
    metrics.workerStarted(place(0));
    metrics.workerProgress(new WorkerProgress(place(0), 1, 0, 0, 0, Duration.ZERO));
    metrics.limitsProgress(
        new LimitsProgress(
            TOPIC, "mail", 1, OptionalInt.of(4), OptionalDouble.empty(), Optional.empty(), 0));
    assertThat(gauge(Metric.PERMITS_USED)).isEqualTo(1);
    assertThat(gauge(Metric.PERMITS)).isEqualTo(4);
    for (Metric metric :
        List.of(
            Metric.EFFECTS,
            Metric.KEYS,
            Metric.KEYS_RECOVERED,
            Metric.RATE_LIMIT,
            Metric.BREAKER,
            Metric.BREAKER_OPENED)) {
      assertThat(registry.find(metric.id()).meters()).as(metric.id()).isEmpty();
    }
  }

  @Test
  void a_circuit_breaker_has_its_state_and_the_times_that_it_has_opened() {
    int number = 0;
    for (BreakerState state :
        List.of(BreakerState.CLOSED, BreakerState.HALF_OPEN, BreakerState.OPEN)) {
      metrics.limitsProgress(
          new LimitsProgress(
              TOPIC, "mail", 0, OptionalInt.empty(), OptionalDouble.of(7), Optional.of(state), 2));
      assertThat(gauge(Metric.BREAKER)).isEqualTo(number++);
    }
    assertThat(gauge(Metric.RATE_LIMIT)).isEqualTo(7);
    assertThat(count(Metric.BREAKER_OPENED)).isEqualTo(6);
  }

  @Test
  void logs_recoveries_and_the_journal_are_measured() {
    metrics.logProgress(new LogProgress(TOPIC, 0, 100));
    metrics.logProgress(new LogProgress(TOPIC, 1, 20));
    metrics.logProgress(new LogProgress(TOPIC, 0, 110));
    assertThat(gauge(Metric.LOG)).isEqualTo(130);
    metrics.partitionStopped(TOPIC, 1);
    assertThat(gauge(Metric.LOG)).isEqualTo(110);
    metrics.recovered(new Recovered(Recovery.PARTITION, TOPIC, 0, Duration.ofMillis(5)));
    metrics.recovered(new Recovered(Recovery.WORKER, TOPIC, 0, Duration.ofMillis(7)));
    assertThat(registry.get(Metric.RECOVERY.id()).tags("topic", TOPIC, "kind", "worker").timer())
        .satisfies(timer -> assertThat(timer.totalTime(MILLISECONDS)).isEqualTo(7));
    metrics.journalWritten(new JournalWritten(30, Duration.ofMillis(3), 12));
    metrics.journalWritten(new JournalWritten(10, Duration.ofMillis(1), 2));
    assertThat(registry.get(Metric.JOURNAL_WRITE.id()).timer().count()).isEqualTo(2);
    assertThat(count(Metric.JOURNAL_ROWS)).isEqualTo(40);
    assertThat(gauge(Metric.JOURNAL_WAITING)).isEqualTo(2);
  }

  @Test
  void an_outbox_counts_on_the_node_that_relays_it() {
    metrics.outboxPublished("sales");
    metrics.outboxRelayed(new OutboxRelayed("sales", 12));
    metrics.outboxFailed("sales");
    metrics.outboxProgress(
        new OutboxProgress(
            "sales", OutboxStatus.of(5, Duration.ofSeconds(8), 2, 3, Optional.of("a"))));
    assertThat(count(Metric.OUTBOX_PUBLISHED)).isEqualTo(1);
    assertThat(count(Metric.OUTBOX_RELAYED)).isEqualTo(12);
    assertThat(count(Metric.OUTBOX_FAILURES)).isEqualTo(1);
    assertThat(gauge(Metric.OUTBOX_WAITING)).isEqualTo(5);
    assertThat(gauge(Metric.OUTBOX_AGE)).isEqualTo(8);
    assertThat(gauge(Metric.OUTBOX_DEAD_LETTERS)).isEqualTo(2);
    assertThat(gauge(Metric.OUTBOX_PARKED)).isEqualTo(3);
    nanos.addAndGet(Latest.OUTDATED_AFTER.toNanos());
    assertThat(gauge(Metric.OUTBOX_WAITING)).isZero();
    assertThat(gauge(Metric.OUTBOX_AGE)).isZero();
  }

  @Test
  void unfinished_transactions_count_on_the_nodes_that_own_their_logs() {
    metrics.transactionsProgress(new TransactionsProgress(0, 2, Duration.ofSeconds(40)));
    metrics.transactionsProgress(new TransactionsProgress(3, 5, Duration.ofSeconds(7)));
    assertThat(gauge(Metric.TRANSACTIONS_UNFINISHED)).isEqualTo(7);
    assertThat(gauge(Metric.TRANSACTIONS_AGE)).isEqualTo(40);
    metrics.transactionsProgress(new TransactionsProgress(0, 0, Duration.ZERO));
    assertThat(gauge(Metric.TRANSACTIONS_UNFINISHED)).isEqualTo(5);
    assertThat(gauge(Metric.TRANSACTIONS_AGE)).isEqualTo(7);
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
