package org.perille.micrometer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Gauges of one kind of reports, of which each combination of tags is registered with its first
 * report.
 *
 * <p><b>Threading</b>: one thread writes, any number of threads read.
 *
 * @param <K> identifies a thing among those with the same tags
 * @param <V> a report
 */
final class Gauges<K, V> {
  /** A gauge of several reports: their sum, or the highest of them. */
  private record Defined<V>(Metric metric, ToDoubleFunction<V> value, boolean highest) {
    double of(Latest<?, V> reports) {
      return highest
          ? reports.current().mapToDouble(value).max().orElse(0)
          : reports.current().mapToDouble(value).sum();
    }
  }

  private final Meters meters;
  private final LongSupplier nanoClock;
  private final List<Defined<V>> gauges = new ArrayList<>();
  private final Map<List<String>, Latest<K, V>> reports = new ConcurrentHashMap<>();

  Gauges(Meters meters, LongSupplier nanoClock) {
    this.meters = meters;
    this.nanoClock = nanoClock;
  }

  /** Adds a gauge that is the sum of all things of this node. Called before the first report. */
  Gauges<K, V> sum(Metric metric, ToDoubleFunction<V> value) {
    gauges.add(new Defined<>(metric, value, false));
    return this;
  }

  /** Adds a gauge that is the highest of all things of this node. */
  Gauges<K, V> highest(Metric metric, ToDoubleFunction<V> value) {
    gauges.add(new Defined<>(metric, value, true));
    return this;
  }

  void put(List<String> tags, K thing, V report) {
    reports
        .computeIfAbsent(
            tags,
            added -> {
              Latest<K, V> latest = new Latest<>(nanoClock);
              for (Defined<V> gauge : gauges) {
                meters.gauge(gauge.metric, latest, gauge::of, added.toArray(String[]::new));
              }
              return latest;
            })
        .put(thing, report);
  }

  /** Returns whether there was a report with these tags. */
  boolean knows(List<String> tags) {
    return reports.containsKey(tags);
  }

  void remove(List<String> tags, K thing) {
    Latest<K, V> latest = reports.get(tags);
    if (latest != null) {
      latest.remove(thing);
    }
  }

  /** Removes a thing from all tags whose first one is this. */
  void removeEverywhere(String firstTag, K thing) {
    reports.forEach(
        (tags, latest) -> {
          if (tags.get(0).equals(firstTag)) {
            latest.remove(thing);
          }
        });
  }

  void clear() {
    reports.values().forEach(Latest::clear);
  }
}
