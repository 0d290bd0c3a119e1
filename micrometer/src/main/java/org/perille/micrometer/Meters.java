package org.perille.micrometer;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;

/**
 * The meters of a registry, which are registered when they are first used.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Meters {
  /** A metric and the values of its tags. */
  private record Key(Metric metric, List<String> values) {}

  private final MeterRegistry registry;
  private final Map<Key, Counter> counters = new ConcurrentHashMap<>();
  private final Map<Key, Timer> timers = new ConcurrentHashMap<>();

  Meters(MeterRegistry registry) {
    this.registry = registry;
  }

  Counter counter(Metric metric, String... values) {
    return counters.computeIfAbsent(
        new Key(metric, List.of(values)),
        key ->
            Counter.builder(metric.id())
                .baseUnit(metric.unit())
                .description(metric.description())
                .tags(tags(metric, values))
                .register(registry));
  }

  Timer timer(Metric metric, String... values) {
    return timers.computeIfAbsent(
        new Key(metric, List.of(values)),
        key ->
            Timer.builder(metric.id())
                .description(metric.description())
                .tags(tags(metric, values))
                .publishPercentileHistogram()
                .register(registry));
  }

  /** Registers a gauge, which keeps its subject reachable. */
  <T> void gauge(Metric metric, T subject, ToDoubleFunction<T> value, String... values) {
    Gauge.builder(metric.id(), subject, value)
        .baseUnit(metric.unit().isEmpty() ? null : metric.unit())
        .description(metric.description())
        .tags(tags(metric, values))
        .strongReference(true)
        .register(registry);
  }

  private static Tags tags(Metric metric, String... values) {
    Tags tags = Tags.empty();
    for (int i = 0; i < values.length; i++) {
      tags = tags.and(metric.tags().get(i), values[i]);
    }
    return tags;
  }
}
