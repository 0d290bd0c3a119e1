package org.perille.internal.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.perille.internal.log.OffsetSet.Range;

/**
 * A mutable set of a partition's offsets.
 *
 * <p>The cost of adding and removing depends on the size of the change and on the logarithm of the
 * number of ranges. An {@link OffsetSet} is copied as a whole.
 *
 * <p><b>Threading</b>: used by one thread at a time.
 */
public final class OffsetRanges {
  private final TreeMap<Long, Long> endByStart = new TreeMap<>();

  /** Adds all offsets of a set. */
  public void add(OffsetSet set) {
    if (set.below() > 0) {
      add(0, set.below());
    }
    set.above().forEach(range -> add(range.from(), range.to()));
  }

  /** Adds offsets from one (included) to another (excluded). */
  public void add(long from, long to) {
    long start = from;
    long end = to;
    Map.Entry<Long, Long> before = endByStart.floorEntry(from);
    if (before != null && before.getValue() >= to) {
      return;
    }
    if (before != null && before.getValue() >= from) {
      start = before.getKey();
    }
    Map.Entry<Long, Long> covered = endByStart.ceilingEntry(from);
    while (covered != null && covered.getKey() <= end) {
      end = Math.max(end, covered.getValue());
      endByStart.remove(covered.getKey());
      covered = endByStart.ceilingEntry(from);
    }
    endByStart.put(start, end);
  }

  /** Adds an offset. */
  public void add(long offset) {
    add(offset, offset + 1);
  }

  /** Removes an offset, if it is present. */
  public void remove(long offset) {
    Map.Entry<Long, Long> holder = endByStart.floorEntry(offset);
    if (holder == null || holder.getValue() <= offset) {
      return;
    }
    endByStart.remove(holder.getKey());
    if (holder.getKey() < offset) {
      endByStart.put(holder.getKey(), offset);
    }
    if (offset + 1 < holder.getValue()) {
      endByStart.put(offset + 1, holder.getValue());
    }
  }

  /** Removes all offsets. */
  public void clear() {
    endByStart.clear();
  }

  /** Returns whether an offset is present. */
  public boolean contains(long offset) {
    Map.Entry<Long, Long> holder = endByStart.floorEntry(offset);
    return holder != null && offset < holder.getValue();
  }

  /** Returns the range that contains an offset, or else the first one above it. */
  public Optional<Range> atOrAfter(long offset) {
    Map.Entry<Long, Long> holder = endByStart.floorEntry(offset);
    return range(
        holder != null && offset < holder.getValue() ? holder : endByStart.ceilingEntry(offset));
  }

  /** Returns the last range that starts below an offset. */
  public Optional<Range> before(long offset) {
    return range(endByStart.lowerEntry(offset));
  }

  private static Optional<Range> range(Map.Entry<Long, Long> entry) {
    return entry == null
        ? Optional.empty()
        : Optional.of(new Range(entry.getKey(), entry.getValue()));
  }

  /** Returns all offsets, to store or send them. */
  public OffsetSet toSet() {
    List<Range> ranges = new ArrayList<>(endByStart.size());
    endByStart.forEach((from, to) -> ranges.add(new Range(from, to)));
    return !ranges.isEmpty() && ranges.get(0).from() == 0
        ? new OffsetSet(ranges.get(0).to(), ranges.subList(1, ranges.size()))
        : new OffsetSet(0, ranges);
  }
}
