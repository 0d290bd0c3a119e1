package org.perille.micrometer;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * The latest reports on some things of this node, such as partitions.
 *
 * <p><b>Threading</b>: one thread writes, any number of threads read.
 *
 * @param <K> identifies a thing
 * @param <V> a report
 */
final class Latest<K, V> {
  /**
   * The time after which a thing counts as moved to another node, if its end was not reported. It
   * is some times the interval of reports.
   */
  static final Duration OUTDATED_AFTER = Duration.ofMinutes(3);

  private record Seen<V>(V value, long atNanos) {}

  private final Map<K, Seen<V>> reports = new ConcurrentHashMap<>();
  private final LongSupplier nanoClock;

  Latest(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void put(K thing, V report) {
    reports.put(thing, new Seen<>(report, nanoClock.getAsLong()));
  }

  void remove(K thing) {
    reports.remove(thing);
  }

  void clear() {
    reports.clear();
  }

  /** Returns the reports that aren't outdated. */
  Stream<V> current() {
    long now = nanoClock.getAsLong();
    return reports.values().stream()
        .filter(seen -> now - seen.atNanos < OUTDATED_AFTER.toNanos())
        .map(Seen::value);
  }
}
