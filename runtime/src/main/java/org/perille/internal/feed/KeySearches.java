package org.perille.internal.feed;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.perille.internal.Pure;
import org.perille.internal.feed.PartitionJournal.Stored;
import org.perille.internal.log.LastOfKey;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * Searches for the last messages of keys, backwards through the journal of a partition.
 *
 * <p>Searches share reads: each read serves all searches that have got there. The search that is
 * nearest to the end of the log and the one that has got farthest take turns. So a key that was
 * used lately is found soon, however long others are searched, and every search ends.
 *
 * @param <T> a search
 */
@Pure
public final class KeySearches<T> {
  /** The events of a read, both included. */
  public record Range(long from, long to) {}

  /** The result of a search. */
  public record Found<T>(T search, LastOfKey last) {}

  /** The number of events of the first read, which often contains what was written lately. */
  private static final int FIRST_EVENTS = 4;

  /** The limit of events in one read: 8 MiB with the largest batches. */
  private static final int MOST_EVENTS = 64;

  private static final class Search<T> {
    private final T of;
    private final String key;
    private final long below;
    private final Optional<LastOfKey> known;

    /** The sequence number that is read next, and those before it. */
    private long next;

    private int events = FIRST_EVENTS;

    private Search(T of, String key, long below, Optional<LastOfKey> known, long next) {
      this.of = of;
      this.key = key;
      this.below = below;
      this.known = known;
      this.next = next;
    }

    /** The offset from which on nothing is known. */
    private long from() {
      return known.map(LastOfKey::below).orElse(0L);
    }
  }

  private final List<Search<T>> searches = new ArrayList<>();
  private boolean nearest;

  /**
   * Adds a search.
   *
   * @param below the limit of the offsets
   * @param sequenceNumber all messages below the limit are in events up to this one
   * @param known the result of an earlier search with a lower limit
   */
  public void add(
      T search, String key, long below, long sequenceNumber, Optional<LastOfKey> known) {
    searches.add(new Search<>(search, key, below, known, sequenceNumber));
  }

  /** Returns the events to read next; empty if there is no search. */
  public Optional<Range> next() {
    nearest = !nearest;
    Comparator<Search<T>> order = Comparator.comparingLong(search -> search.next);
    return searches.stream()
        .max(nearest ? order : order.reversed())
        .map(search -> new Range(Math.max(1, search.next - search.events + 1), search.next));
  }

  /** Takes the events of a range, and returns the searches that have ended. */
  public List<Found<T>> read(Range range, List<Stored> events) {
    List<Search<T>> here =
        searches.stream()
            .filter(search -> search.next >= range.from && search.next <= range.to)
            .toList();
    Map<Search<T>, Long> found = find(here, events);
    long lowest = range.from == 1 ? 0 : lowestOffset(events);
    List<Found<T>> ended = new ArrayList<>();
    for (Search<T> search : here) {
      Long offset = found.get(search);
      if (offset != null) {
        ended.add(found(search, OptionalLong.of(offset)));
      } else if (lowest <= search.from()) {
        ended.add(found(search, search.known.map(LastOfKey::offset).orElse(OptionalLong.empty())));
      } else {
        search.next = range.from - 1;
        search.events = Math.min(4 * search.events, MOST_EVENTS);
        continue;
      }
      searches.remove(search);
    }
    return ended;
  }

  private static <T> Found<T> found(Search<T> search, OptionalLong offset) {
    return new Found<>(search.of, new LastOfKey(offset, search.below));
  }

  /** Returns the last offset of each search that finds one. */
  private static <T> Map<Search<T>, Long> find(List<Search<T>> here, List<Stored> events) {
    Map<String, List<Search<T>>> byKey = new HashMap<>();
    here.forEach(
        search -> byKey.computeIfAbsent(search.key, key -> new ArrayList<>(1)).add(search));
    Map<Search<T>, Long> found = new HashMap<>();
    for (Stored stored : events) {
      if (stored.event() instanceof BatchAppended batch) {
        long offset = batch.firstOffset();
        for (LogMessage message : batch.messages()) {
          for (Search<T> search : byKey.getOrDefault(message.key(), List.of())) {
            if (offset >= search.from() && offset < search.below) {
              found.put(search, offset);
            }
          }
          offset++;
        }
      }
    }
    return found;
  }

  /** Returns the lowest offset of events, or the highest possible one if they have no messages. */
  private static long lowestOffset(List<Stored> events) {
    return events.stream()
        .filter(stored -> stored.event() instanceof BatchAppended)
        .mapToLong(stored -> ((BatchAppended) stored.event()).firstOffset())
        .findFirst()
        .orElse(Long.MAX_VALUE);
  }

  /** Removes all searches, and returns them. */
  public List<T> clear() {
    List<T> all = searches.stream().map(search -> search.of).toList();
    searches.clear();
    return all;
  }
}
