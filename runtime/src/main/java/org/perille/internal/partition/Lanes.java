package org.perille.internal.partition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.perille.internal.log.LaneReport;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.Origin;

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
public final class Lanes {

  /** The tracked messages of a producer. */
  public record Remembered(
      String lane, long incarnation, List<Stored> stored, OffsetSet finished) {}

  /** A message that may be repeated, and its offset. */
  public record Stored(long offset, int index, long storedAt) {}

  private record Place(long offset, int index) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byOffset = Long.compare(offset, other.offset);
      return byOffset != 0 ? byOffset : Integer.compare(index, other.index);
    }

    static Place before(long offset) {
      return new Place(offset, -1);
    }
  }

  private static final class Lane {
    private long incarnation;
    private final NavigableMap<Place, Long> stored = new TreeMap<>();
    private final OffsetRanges finished = new OffsetRanges();
  }

  private final Map<String, Lane> lanes = new HashMap<>();

  /**
   * Returns whether a later epoch of the worker has published here, or has reported the offset
   * finished.
   */
  boolean isStale(Origin origin) {
    Lane lane = lanes.get(origin.lane());
    return lane != null
        && (origin.incarnation() < lane.incarnation || lane.finished.contains(origin.offset()));
  }

  /** Returns the offset of the message, if it is tracked. */
  OptionalLong find(Origin origin) {
    Lane lane = lanes.get(origin.lane());
    Long storedAt = lane == null ? null : lane.stored.get(place(origin));
    return storedAt == null ? OptionalLong.empty() : OptionalLong.of(storedAt);
  }

  void add(Origin origin, long storedAt) {
    raised(origin.lane(), origin.incarnation()).stored.put(place(origin), storedAt);
  }

  /** Removes the messages that will never be repeated. */
  void take(LaneReport report) {
    Lane lane = raised(report.lane(), report.incarnation());
    if (lane.incarnation == report.incarnation()) {
      lane.finished.add(report.finished());
      lane.stored.headMap(Place.before(report.finished().below())).clear();
      for (OffsetSet.Range range : report.finished().above()) {
        lane.stored.subMap(Place.before(range.from()), Place.before(range.to())).clear();
      }
    }
  }

  private Lane raised(String name, long incarnation) {
    Lane lane = lanes.computeIfAbsent(name, unknown -> new Lane());
    lane.incarnation = Math.max(lane.incarnation, incarnation);
    return lane;
  }

  private static Place place(Origin origin) {
    return new Place(origin.offset(), origin.index());
  }

  /** Returns the number of tracked messages. */
  int size() {
    return lanes.values().stream().mapToInt(lane -> lane.stored.size()).sum();
  }

  /** Returns all tracked messages, to store them. */
  List<Remembered> remembered() {
    List<Remembered> all = new ArrayList<>(lanes.size());
    lanes.forEach(
        (name, lane) -> {
          List<Stored> stored = new ArrayList<>(lane.stored.size());
          lane.stored.forEach((place, at) -> stored.add(new Stored(place.offset, place.index, at)));
          all.add(new Remembered(name, lane.incarnation, stored, lane.finished.toSet()));
        });
    return all;
  }

  void restore(Remembered remembered) {
    Lane lane = raised(remembered.lane(), remembered.incarnation());
    lane.finished.add(remembered.finished());
    remembered
        .stored()
        .forEach(s -> lane.stored.put(new Place(s.offset(), s.index()), s.storedAt()));
  }
}
