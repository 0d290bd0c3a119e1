package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;
import org.perille.internal.log.ProducerReport;

/**
 * The messages that subscriptions have published here for messages that they handled.
 *
 * <p>Each is stored once, however long its subscription was away.
 *
 * <p>A message is tracked from when it is stored until its worker reports that it has durably
 * finished the handled message, and so will never publish it again. Later messages of an earlier
 * epoch of the worker can't be distinguished from new ones by their ids. They are refused by their
 * epoch. Late messages that the worker itself had sent before its report are refused by the report.
 * So the memory is bounded by the messages in flight, and no time window is needed.
 */
public final class ProducerDedup {

  /** The tracked messages of a producer. */
  public record Remembered(String producer, long epoch, List<Stored> stored, OffsetSet finished) {}

  /** A message that may be repeated, and its offset. */
  public record Stored(long offset, int index, long storedAt) {}

  private record ProducerPosition(long offset, int index) implements Comparable<ProducerPosition> {
    @Override
    public int compareTo(ProducerPosition other) {
      int byOffset = Long.compare(offset, other.offset);
      return byOffset != 0 ? byOffset : Integer.compare(index, other.index);
    }

    static ProducerPosition before(long offset) {
      return new ProducerPosition(offset, -1);
    }
  }

  private static final class Producer {
    private long epoch;
    private final NavigableMap<ProducerPosition, Long> stored = new TreeMap<>();
    private final OffsetRanges finished = new OffsetRanges();
  }

  private final Map<String, Producer> producers = new HashMap<>();

  /**
   * Returns whether a later epoch of the worker has published here, or has reported the offset
   * finished.
   */
  boolean isStale(Origin origin) {
    Producer producer = producers.get(origin.producer());
    return producer != null
        && (origin.epoch() < producer.epoch || producer.finished.contains(origin.offset()));
  }

  /** Returns the offset of the message, if it is tracked. */
  OptionalLong find(Origin origin) {
    Producer producer = producers.get(origin.producer());
    Long storedAt = producer == null ? null : producer.stored.get(place(origin));
    return storedAt == null ? OptionalLong.empty() : OptionalLong.of(storedAt);
  }

  void add(Origin origin, long storedAt) {
    raised(origin.producer(), origin.epoch()).stored.put(place(origin), storedAt);
  }

  /** Removes the messages that will never be repeated. */
  void take(ProducerReport report) {
    Producer producer = raised(report.producer(), report.epoch());
    if (producer.epoch == report.epoch()) {
      producer.finished.add(report.finished());
      producer.stored.headMap(ProducerPosition.before(report.finished().below())).clear();
      for (OffsetSet.Range range : report.finished().above()) {
        producer
            .stored
            .subMap(ProducerPosition.before(range.from()), ProducerPosition.before(range.to()))
            .clear();
      }
    }
  }

  private Producer raised(String name, long epoch) {
    Producer producer = producers.computeIfAbsent(name, unknown -> new Producer());
    producer.epoch = Math.max(producer.epoch, epoch);
    return producer;
  }

  private static ProducerPosition place(Origin origin) {
    return new ProducerPosition(origin.offset(), origin.index());
  }

  /** Returns the number of tracked messages. */
  int size() {
    return producers.values().stream().mapToInt(producer -> producer.stored.size()).sum();
  }

  /** Returns all tracked messages, to store them. */
  List<Remembered> remembered() {
    List<Remembered> all = new ArrayList<>(producers.size());
    producers.forEach(
        (name, producer) -> {
          List<Stored> stored = new ArrayList<>(producer.stored.size());
          producer.stored.forEach(
              (place, at) -> stored.add(new Stored(place.offset, place.index, at)));
          all.add(new Remembered(name, producer.epoch, stored, producer.finished.toSet()));
        });
    return all;
  }

  void restore(Remembered remembered) {
    Producer producer = raised(remembered.producer(), remembered.epoch());
    producer.finished.add(remembered.finished());
    remembered
        .stored()
        .forEach(
            s -> producer.stored.put(new ProducerPosition(s.offset(), s.index()), s.storedAt()));
  }
}
