package org.perille.internal.partition;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The message ids that a partition remembers, so that a message published again is stored once.
 *
 * <p>An id counts within its key: what else would decide whether two ids meet is the hash of the
 * key, which nobody should have to know.
 */
public final class DedupWindow {

  /** A remembered id, with where and when its message was stored. */
  public record Known(String key, String id, long offset, long timestampMillis) {}

  private record Id(String key, String id) {}

  private record Place(long offset, long timestampMillis) {}

  private final long windowMillis;
  private final int maxIds;
  private final LinkedHashMap<Id, Place> oldestFirst = new LinkedHashMap<>();
  private long evictedEarly;

  DedupWindow(Duration window, int maxIds) {
    this.windowMillis = window.toMillis();
    this.maxIds = maxIds;
  }

  /** Where the message with this id stands, if it is remembered. */
  OptionalLong find(String key, String id) {
    Place place = oldestFirst.get(new Id(key, id));
    return place == null ? OptionalLong.empty() : OptionalLong.of(place.offset);
  }

  void add(String key, String id, long offset, long timestampMillis) {
    oldestFirst.put(new Id(key, id), new Place(offset, timestampMillis));
  }

  /** Forgets what is older than the window, and the oldest of what is too many. */
  void evict(long nowMillis) {
    long tooOld = nowMillis - windowMillis;
    Iterator<Map.Entry<Id, Place>> oldest = oldestFirst.entrySet().iterator();
    while (oldest.hasNext()) {
      long timestamp = oldest.next().getValue().timestampMillis;
      if (timestamp < tooOld) {
        oldest.remove();
      } else if (oldestFirst.size() > maxIds) {
        oldest.remove();
        evictedEarly++;
      } else {
        return;
      }
    }
  }

  /** How many ids were forgotten for their number although the window still covered them. */
  long evictedEarly() {
    return evictedEarly;
  }

  int size() {
    return oldestFirst.size();
  }

  /** All remembered ids, oldest first. */
  List<Known> known() {
    List<Known> all = new ArrayList<>(oldestFirst.size());
    oldestFirst.forEach(
        (id, place) -> all.add(new Known(id.key, id.id, place.offset, place.timestampMillis)));
    return all;
  }
}
