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
import org.perille.internal.Pure;

/**
 * The message ids of a partition, by which it stores a message that is published again once.
 *
 * <p>An id counts within its key. Otherwise the hash of the key would decide whether two equal ids
 * are compared, which no user should need to know. The age of an id is measured by the partition's
 * own clock, which never goes back.
 */
@Pure
public final class DedupWindow {

  /**
   * An id within its key, as half of its SHA-256: 32 bytes of heap, whatever its length.
   *
   * <p>Collisions can't be constructed.
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

    /** Returns the id of a message. */
    public static Id of(String key, String id) {
      MessageDigest digest = DIGEST.get();
      byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
      // With the length, the end of a key can't be confused with the beginning of an id.
      digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(keyBytes.length).array());
      digest.update(keyBytes);
      ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
      return new Id(hash.getLong(), hash.getLong());
    }
  }

  /** An id, with the offset of its message, and the partition's age when it was stored. */
  public record Known(Id id, long offset, long ageMillis) {}

  private record KnownMessage(long offset, long ageMillis) {}

  private final long windowMillis;
  private final int maxIds;
  private final LinkedHashMap<Id, KnownMessage> oldestFirst = new LinkedHashMap<>();
  private long evictedEarly;

  public DedupWindow(Duration window, int maxIds) {
    this.windowMillis = window.toMillis();
    this.maxIds = maxIds;
  }

  /** Returns the offset of the message with this id, if the id is in the window. */
  public OptionalLong find(Id id, long ageMillis) {
    KnownMessage place = oldestFirst.get(id);
    return place == null || isTooOld(place, ageMillis)
        ? OptionalLong.empty()
        : OptionalLong.of(place.offset);
  }

  private boolean isTooOld(KnownMessage place, long ageMillis) {
    return place.ageMillis < ageMillis - windowMillis;
  }

  public void add(Id id, long offset, long ageMillis) {
    // An outdated entry that is still present would retain its position among the oldest.
    oldestFirst.remove(id);
    oldestFirst.put(id, new KnownMessage(offset, ageMillis));
  }

  /** Removes ids older than the window, and the oldest ones above the limit. */
  public void evict(long ageMillis) {
    Iterator<Map.Entry<Id, KnownMessage>> oldest = oldestFirst.entrySet().iterator();
    while (oldest.hasNext()) {
      KnownMessage place = oldest.next().getValue();
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

  /**
   * Returns the number of ids that were removed by the limit although they were within the window.
   */
  long evictedEarly() {
    return evictedEarly;
  }

  /** Returns the effective window while ids are removed by the limit. */
  Duration effectiveWindow(long ageMillis) {
    Iterator<KnownMessage> oldest = oldestFirst.values().iterator();
    return Duration.ofMillis(
        oldest.hasNext() ? Math.min(windowMillis, ageMillis - oldest.next().ageMillis) : 0);
  }

  /** Returns the offset of the oldest message. */
  OptionalLong oldest() {
    Iterator<KnownMessage> oldest = oldestFirst.values().iterator();
    return oldest.hasNext() ? OptionalLong.of(oldest.next().offset) : OptionalLong.empty();
  }

  int size() {
    return oldestFirst.size();
  }

  /** Returns all ids, oldest first. */
  List<Known> known() {
    List<Known> all = new ArrayList<>(oldestFirst.size());
    oldestFirst.forEach((id, place) -> all.add(new Known(id, place.offset, place.ageMillis)));
    return all;
  }
}
