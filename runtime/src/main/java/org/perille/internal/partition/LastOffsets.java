package org.perille.internal.partition;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import org.perille.internal.Pure;
import org.perille.internal.log.LastOfKey;

/**
 * The last offsets of the keys that were used last, by which a partition decides about conditions.
 *
 * <p>It begins with the first condition: a partition that gets none pays nothing. From then on it
 * knows of every message from some offset on, the floor. A key that it doesn't know has its last
 * message below the floor. Each key that is evicted raises the floor, so that this stays true.
 *
 * <p>It is a cache, not state: without it a partition gives the same answers, after the publisher
 * has read the log. So it is never stored.
 */
@Pure
final class LastOffsets {
  /** The knowledge about a key. */
  sealed interface Answer {}

  /** The last offset of the key; empty if it has no message. */
  record Last(OptionalLong offset) implements Answer {}

  /**
   * The last message of the key is below a limit, if it has one.
   *
   * @param sequenceNumber all messages below the limit are in events up to this one
   */
  record UnknownBelow(long floor, long sequenceNumber) implements Answer {}

  /** The last message of a key, and the sequence number of its event. */
  private record Position(OptionalLong offset, long sequenceNumber) {}

  private final int maxKeys;

  /** The key that was used last is at the end. */
  private final LinkedHashMap<DedupWindow.Id, Position> keys = new LinkedHashMap<>();

  private boolean begun;
  private long floor;
  private long floorSequenceNumber;

  /**
   * Creates a cache that knows nothing yet.
   *
   * @param maxKeys the limit of keys
   */
  LastOffsets(int maxKeys) {
    this.maxKeys = maxKeys;
  }

  /** Begins to know, if it hasn't begun: of all messages from the next one on. */
  void begin(long nextOffset, long sequenceNumber) {
    if (!begun) {
      begun = true;
      floor = nextOffset;
      floorSequenceNumber = sequenceNumber;
    }
  }

  /** Returns the last message of a key. */
  Answer find(String key) {
    Position known = keys.get(id(key));
    if (known != null) {
      return new Last(known.offset);
    }
    return floor == 0
        ? new Last(OptionalLong.empty())
        : new UnknownBelow(floor, floorSequenceNumber);
  }

  /**
   * Takes what a publisher has read about a key, if it reaches up to the floor.
   *
   * @return the last message of the key, as {@link #find} does
   */
  Answer find(String key, LastOfKey read) {
    Answer known = find(key);
    if (known instanceof UnknownBelow unknown && read.below() >= unknown.floor) {
      // It is below the floor, so its eviction doesn't raise the floor.
      put(id(key), new Position(read.offset(), 0));
      return new Last(read.offset());
    }
    return known;
  }

  /** Records a message that was appended. */
  void appended(String key, long offset, long sequenceNumber) {
    if (begun) {
      put(id(key), new Position(OptionalLong.of(offset), sequenceNumber));
    }
  }

  private void put(DedupWindow.Id key, Position position) {
    keys.remove(key);
    keys.put(key, position);
    if (keys.size() > maxKeys) {
      Map.Entry<DedupWindow.Id, Position> oldest = keys.entrySet().iterator().next();
      keys.remove(oldest.getKey());
      raiseFloor(oldest.getValue());
    }
  }

  private void raiseFloor(Position evicted) {
    if (evicted.offset.isPresent() && evicted.offset.getAsLong() >= floor) {
      floor = evicted.offset.getAsLong() + 1;
      floorSequenceNumber = evicted.sequenceNumber;
    }
  }

  /** A hash of 32 bytes of heap, however long the key is. */
  private static DedupWindow.Id id(String key) {
    return DedupWindow.Id.of(key, "");
  }
}
