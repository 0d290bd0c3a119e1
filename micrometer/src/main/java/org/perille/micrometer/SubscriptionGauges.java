package org.perille.micrometer;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.perille.PerilleListener.Progress;
import org.perille.SubscriptionStatus.PartitionStatus;

/**
 * The progress of a subscription in the partitions of this node.
 *
 * <p><b>Threading</b>: one thread writes, any number of threads read.
 */
final class SubscriptionGauges {
  /**
   * The time after which a partition counts as moved to another node, if its end was not reported.
   * It is some times the interval of reports.
   */
  static final Duration OUTDATED_AFTER = Duration.ofMinutes(3);

  private record Seen(Progress progress, long atNanos) {}

  private final Map<Integer, Seen> partitions = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;

  SubscriptionGauges(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void update(Progress progress) {
    partitions.put(progress.place().partition(), new Seen(progress, nanoClock.getAsLong()));
  }

  void remove(int partition) {
    partitions.remove(partition);
  }

  void clear() {
    partitions.clear();
  }

  /** Registers the gauges. */
  void register(Meters meters, String topic, String subscription) {
    sum(meters, Metric.LAG, PartitionStatus::lag, topic, subscription);
    meters.gauge(Metric.LAG_AGE, this, SubscriptionGauges::ageSeconds, topic, subscription);
    sum(meters, Metric.RETRYING, status -> status.problems().retrying(), topic, subscription);
    sum(meters, Metric.WAITING, status -> status.problems().waiting(), topic, subscription);
    sum(meters, Metric.PARKED_KEYS, status -> status.problems().parkedKeys(), topic, subscription);
    sum(
        meters,
        Metric.DEAD_LETTERS,
        status -> status.problems().deadLetters(),
        topic,
        subscription);
    sum(
        meters,
        Metric.PAUSED_PARTITIONS,
        status -> status.problems().paused().isPresent() ? 1 : 0,
        topic,
        subscription);
    sum(meters, Metric.HANGING, status -> status.problems().hanging(), topic, subscription);
  }

  private void sum(
      Meters meters,
      Metric metric,
      ToDoubleFunction<PartitionStatus> value,
      String topic,
      String subscription) {
    meters.gauge(
        metric,
        this,
        gauges -> gauges.current().map(Progress::status).mapToDouble(value).sum(),
        topic,
        subscription);
  }

  private double ageSeconds() {
    return current().mapToDouble(progress -> progress.age().toMillis() / 1e3).max().orElse(0);
  }

  private Stream<Progress> current() {
    long now = nanoClock.getAsLong();
    return partitions.values().stream()
        .filter(seen -> now - seen.atNanos < OUTDATED_AFTER.toNanos())
        .map(Seen::progress);
  }
}
