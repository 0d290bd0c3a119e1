package org.perille.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.perille.NodeOptions;
import org.perille.Perille;
import org.perille.PerilleListener;

/**
 * The metrics of a node, in a registry of Micrometer.
 *
 * <pre>{@code
 * PerilleMetrics metrics = PerilleMetrics.of(registry);
 * Perille perille =
 *     Perille.start(ConfigFactory.load(), NodeOptions.none().withListener(metrics), payment);
 * metrics.watch(perille);
 * }</pre>
 *
 * <p>Each node measures what it publishes and handles, and the lag of the partitions that it owns.
 * So the sum over all nodes is that of the cluster. Names, tags, units and meanings are in {@code
 * docs/reference/metrics.md}.
 *
 * <p><b>Guarantee</b>: as that of {@link PerilleListener}. Metrics can't delay or lose messages. If
 * there are too many events at once, some aren't counted, and {@code perille.missed} says how many.
 * Memory grows with topics and subscriptions, and not with keys or messages.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class PerilleMetrics implements PerilleListener {
  private static final double NANOS_PER_SECOND = 1e9;

  private final Meters meters;
  private final NodeGauges gauges;

  PerilleMetrics(MeterRegistry registry, LongSupplier nanoClock) {
    this.meters = new Meters(registry);
    this.gauges = new NodeGauges(meters, nanoClock);
  }

  /**
   * Returns metrics in this registry, to be registered with {@link NodeOptions#withListener}. Use
   * one for each node.
   *
   * @throws NullPointerException if the registry is null
   */
  public static PerilleMetrics of(MeterRegistry registry) {
    return new PerilleMetrics(Objects.requireNonNull(registry, "registry"), System::nanoTime);
  }

  /**
   * Adds the gauges of this node's health. Whenever the registry is read, they call {@link
   * Perille#health}.
   *
   * @throws NullPointerException if it is null
   */
  public void watch(Perille perille) {
    Objects.requireNonNull(perille, "perille");
    meters.gauge(Metric.LIVE, perille, node -> node.health().live() ? 1 : 0);
    meters.gauge(Metric.READY, perille, node -> node.health().ready() ? 1 : 0);
    meters.gauge(Metric.PROBLEMS, perille, node -> node.health().problems().size());
  }

  @Override
  public void published(Published event) {
    meters.counter(Metric.PUBLISHED, event.topic()).increment(event.messages());
    meters.counter(Metric.DUPLICATES, event.topic()).increment(event.duplicates());
    meters.timer(Metric.PUBLISH_LATENCY, event.topic()).record(event.latency());
  }

  @Override
  public void refused(Refused event) {
    meters.counter(Metric.REFUSED, event.topic(), lower(event.reason())).increment();
  }

  @Override
  public void unknown(Unknown event) {
    meters.counter(Metric.UNKNOWN, event.topic()).increment();
  }

  @Override
  public void handled(Handled event) {
    Place place = event.place();
    meters.counter(Metric.HANDLED, place.topic(), place.subscription()).increment(event.messages());
    meters.timer(Metric.HANDLING, place.topic(), place.subscription()).record(event.time());
  }

  @Override
  public void failed(Failed event) {
    meters
        .counter(
            Metric.FAILED,
            event.place().topic(),
            event.place().subscription(),
            lower(event.kind()),
            lower(event.consequence()))
        .increment();
  }

  @Override
  public void redriven(LettersChanged event) {
    Place place = event.place();
    meters
        .counter(Metric.REDRIVEN, place.topic(), place.subscription())
        .increment((double) event.messages());
  }

  @Override
  public void discarded(LettersChanged event) {
    Place place = event.place();
    meters
        .counter(Metric.DISCARDED, place.topic(), place.subscription())
        .increment((double) event.messages());
  }

  @Override
  public void progress(Progress event) {
    gauges.subscription(event);
  }

  @Override
  public void logProgress(LogProgress event) {
    gauges.log(event);
  }

  @Override
  public void recovered(Recovered event) {
    meters.timer(Metric.RECOVERY, event.topic(), lower(event.kind())).record(event.time());
  }

  @Override
  public void partitionStarted(String topic, int partition) {
    meters.counter(Metric.PARTITION_STARTS, topic).increment();
    gauges.partitionStarted(topic, partition);
  }

  @Override
  public void partitionStopped(String topic, int partition) {
    gauges.partitionStopped(topic, partition);
  }

  @Override
  public void workerStarted(Place place) {
    meters.counter(Metric.WORKER_STARTS, place.topic(), place.subscription()).increment();
    gauges.workerStarted(place);
  }

  @Override
  public void workerStopped(Place place) {
    gauges.workerStopped(place);
  }

  @Override
  public void workerProgress(WorkerProgress event) {
    Place place = event.place();
    gauges.worker(event);
    add(Metric.EFFECTS, (double) event.effects(), place);
    add(Metric.KEYS_RECOVERED, (double) event.recoveredKeys(), place);
    add(Metric.KEYS_RECOVERY, event.keyRecoveries().toNanos() / NANOS_PER_SECOND, place);
  }

  /** Adds to a counter, which only subscriptions with keys have. */
  private void add(Metric metric, double value, Place place) {
    if (value > 0) {
      meters.counter(metric, place.topic(), place.subscription()).increment(value);
    }
  }

  @Override
  public void limitsProgress(LimitsProgress event) {
    gauges.limits(event);
    if (event.breaker().isPresent()) {
      meters
          .counter(Metric.BREAKER_OPENED, event.topic(), event.subscription())
          .increment((double) event.opened());
    }
  }

  @Override
  public void journalWritten(JournalWritten event) {
    meters.timer(Metric.JOURNAL_WRITE).record(event.time());
    meters.counter(Metric.JOURNAL_ROWS).increment(event.rows());
    gauges.journal(event);
  }

  @Override
  public void outboxPublished(String outbox) {
    meters.counter(Metric.OUTBOX_PUBLISHED, outbox).increment();
  }

  @Override
  public void outboxRelayed(OutboxRelayed event) {
    meters.counter(Metric.OUTBOX_RELAYED, event.outbox()).increment(event.messages());
  }

  @Override
  public void outboxFailed(String outbox) {
    meters.counter(Metric.OUTBOX_FAILURES, outbox).increment();
  }

  @Override
  public void outboxProgress(OutboxProgress event) {
    gauges.outbox(event);
  }

  @Override
  public void transactionsProgress(TransactionsProgress event) {
    gauges.transactions(event);
  }

  @Override
  public void nodeStarted(String address) {
    meters.counter(Metric.NODE_STARTS).increment();
  }

  @Override
  public void nodeDowned(String address) {
    meters.counter(Metric.NODE_DOWNS).increment();
    gauges.clear();
  }

  @Override
  public void missed(long events) {
    meters.counter(Metric.MISSED).increment((double) events);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
