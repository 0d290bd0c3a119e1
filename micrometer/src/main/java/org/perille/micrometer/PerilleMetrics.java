package org.perille.micrometer;

import io.micrometer.core.instrument.MeterRegistry;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
  private record TopicAndSubscription(String topic, String subscription) {}

  private final Meters meters;
  private final LongSupplier nanoClock;
  private final Map<TopicAndSubscription, SubscriptionGauges> subscriptions =
      new ConcurrentHashMap<>();

  /** The partitions that this node owns, by topic. */
  private final Map<String, Set<Integer>> partitions = new ConcurrentHashMap<>();

  PerilleMetrics(MeterRegistry registry, LongSupplier nanoClock) {
    this.meters = new Meters(registry);
    this.nanoClock = nanoClock;
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
    Place place = event.place();
    subscriptions
        .computeIfAbsent(
            new TopicAndSubscription(place.topic(), place.subscription()),
            name -> {
              SubscriptionGauges gauges = new SubscriptionGauges(nanoClock);
              gauges.register(meters, name.topic(), name.subscription());
              return gauges;
            })
        .update(event);
  }

  @Override
  public void partitionStarted(String topic, int partition) {
    meters.counter(Metric.PARTITION_STARTS, topic).increment();
    partitions
        .computeIfAbsent(
            topic,
            name -> {
              Set<Integer> owned = ConcurrentHashMap.newKeySet();
              meters.gauge(Metric.PARTITIONS, owned, Set::size, name);
              return owned;
            })
        .add(partition);
  }

  @Override
  public void partitionStopped(String topic, int partition) {
    partitions.computeIfPresent(
        topic,
        (name, owned) -> {
          owned.remove(partition);
          return owned;
        });
    subscriptions.forEach(
        (name, gauges) -> {
          if (name.topic().equals(topic)) {
            gauges.remove(partition);
          }
        });
  }

  @Override
  public void nodeStarted(String address) {
    meters.counter(Metric.NODE_STARTS).increment();
  }

  @Override
  public void nodeDowned(String address) {
    meters.counter(Metric.NODE_DOWNS).increment();
    partitions.values().forEach(Set::clear);
    subscriptions.values().forEach(SubscriptionGauges::clear);
  }

  @Override
  public void missed(long events) {
    meters.counter(Metric.MISSED).increment((double) events);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
