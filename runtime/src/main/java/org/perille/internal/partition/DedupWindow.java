package org.perille.internal.partition;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
 * key, which nobody should have to know. Its age is measured by the partition's own clock, which
 * never goes back.
 */
public final class DedupWindow {

  /**
   * An id within its key, as half of its SHA-256: 32 bytes of heap however long it is, and nobody
   * can make two of them meet.
   */
  public record Id(long high, long low) {
    private static final ThreadLocal<MessageDigest> DIGEST =
        ThreadLocal.withInitial(
            () -> {
              try {
                return MessageDigest.getInstance("SHA-256");
              } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java platform has SHA-256", e);
              }
            });

    /** The id of a message. */
    public static Id of(String key, String id) {
      MessageDigest digest = DIGEST.get();
      byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
      // With its length no end of a key can be taken for the beginning of an id.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(keyBytes.length).array());
      digest.update(keyBytes);
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
      return new Id(hash.getLong(), hash.getLong());
    }
  }

  /** A remembered id, with where its message was stored, and the partition's age then. */
  public record Known(Id id, long offset, long ageMillis) {}

  private record Place(long offset, long ageMillis) {}

  private final long windowMillis;
  private final int maxIds;
  private final LinkedHashMap<Id, Place> oldestFirst = new LinkedHashMap<>();
  private long evictedEarly;

  DedupWindow(Duration window, int maxIds) {
    this.windowMillis = window.toMillis();
    this.maxIds = maxIds;
  }

  /** Where the message with this id stands, if it is remembered and not too old now. */
  OptionalLong find(Id id, long ageMillis) {
    Place place = oldestFirst.get(id);
    return place == null || isTooOld(place, ageMillis)
        ? OptionalLong.empty()
        : OptionalLong.of(place.offset);
  }

  private boolean isTooOld(Place place, long ageMillis) {
    return place.ageMillis < ageMillis - windowMillis;
  }

  void add(Id id, long offset, long ageMillis) {
    // One that was too old and still there would keep its place among the oldest.
    oldestFirst.remove(id);
    oldestFirst.put(id, new Place(offset, ageMillis));
  }

  /** Forgets what is older than the window, and the oldest of what is too many. */
  void evict(long ageMillis) {
    Iterator<Map.Entry<Id, Place>> oldest = oldestFirst.entrySet().iterator();
    while (oldest.hasNext()) {
      Place place = oldest.next().getValue();
      if (isTooOld(place, ageMillis)) {
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

  /** The window that is left when ids are forgotten for their number. */
  Duration effectiveWindow(long ageMillis) {
    Iterator<Place> oldest = oldestFirst.values().iterator();
    return Duration.ofMillis(
        oldest.hasNext() ? Math.min(windowMillis, ageMillis - oldest.next().ageMillis) : 0);
  }

  int size() {
    return oldestFirst.size();
  }

  /** All remembered ids, oldest first. */
  List<Known> known() {
    List<Known> all = new ArrayList<>(oldestFirst.size());
    oldestFirst.forEach((id, place) -> all.add(new Known(id, place.offset, place.ageMillis)));
    return all;
  }
}
