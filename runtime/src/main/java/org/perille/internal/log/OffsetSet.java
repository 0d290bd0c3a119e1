package org.perille.internal.log;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * An immutable set of a partition's offsets: all below a bound, and ranges above it.
 *
 * @param below the bound; every offset below it belongs to the set, and the bound itself doesn't
 * @param above the ranges above it, in rising order, not adjacent
 */
public record OffsetSet(long below, List<Range> above) {

  /** The empty set. */
  public static final OffsetSet NONE = new OffsetSet(0, List.of());

  /** Offsets from one (included) to another (excluded). */
  public record Range(long from, long to) {
    public Range {
      if (from >= to) {
        throw new IllegalArgumentException("range " + from + " to " + to + " is empty");
      }
    }
  }

  public OffsetSet {
    above = List.copyOf(above);
    long end = below;
    for (Range range : above) {
      if (range.from() <= end) {
        throw new IllegalArgumentException(
            "INV-5 finished ranges rise and don't touch: %s after %d".formatted(range, end));
      }
      end = range.to();
    }
  }

  /** Returns the set of all offsets below one. */
  public static OffsetSet below(long offset) {
    return new OffsetSet(offset, List.of());
  }

  public boolean contains(long offset) {
    if (offset < below) {
      return true;
    }
    int low = 0;
    int high = above.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offset < above.get(middle).to()) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low < above.size() && above.get(low).from() <= offset;
  }

  /** Returns the number of offsets of the set from this one on. */
  public long countFrom(long offset) {
    long count = Math.max(0, below - offset);
    for (Range range : above) {
      count += Math.max(0, range.to() - Math.max(offset, range.from()));
    }
    return count;
  }

  /** Returns the set with some more offsets, in any order. Offsets that it contains count once. */
  public OffsetSet add(Collection<Long> offsets) {
    long[] sorted = offsets.stream().mapToLong(Long::longValue).sorted().toArray();
    Merge merge = new Merge(below);
    int at = 0;
    for (Range range : above) {
      while (at < sorted.length && sorted[at] < range.from()) {
        merge.add(sorted[at], sorted[at] + 1);
        at++;
      }
      merge.add(range);
    }
    for (; at < sorted.length; at++) {
      merge.add(sorted[at], sorted[at] + 1);
    }
    return merge.set();
  }

  /** Returns the offset after the highest one; 0 if the set is empty. */
  public long end() {
    return above.isEmpty() ? below : above.get(above.size() - 1).to();
  }

  /** Returns the union of this set and another one. */
  public OffsetSet union(OffsetSet other) {
    List<Range> all = new ArrayList<>(above);
    all.addAll(other.above);
    all.sort(Comparator.comparingLong(Range::from));
    Merge merge = new Merge(Math.max(below, other.below));
    all.stream().filter(range -> range.to() > merge.next).forEach(merge::add);
    return merge.set();
  }

  /** Returns the set without some of its offsets. */
  public OffsetSet without(Collection<Long> offsets) {
    long[] gone = offsets.stream().mapToLong(Long::longValue).sorted().distinct().toArray();
    if (gone.length == 0) {
      return this;
    }
    List<Range> all = new ArrayList<>();
    if (below > 0) {
      all.add(new Range(0, below));
    }
    all.addAll(above);
    Merge merge = new Merge(0);
    int at = 0;
    for (Range range : all) {
      long from = range.from();
      while (at < gone.length && gone[at] < range.to()) {
        if (gone[at] >= from) {
          if (gone[at] > from) {
            merge.add(from, gone[at]);
          }
          from = gone[at] + 1;
        }
        at++;
      }
      if (from < range.to()) {
        merge.add(from, range.to());
      }
    }
    return merge.set();
  }

  /** Returns the offsets of the set from this one on. */
  public OffsetSet from(long offset) {
    Merge merge = new Merge(0);
    if (below > offset) {
      merge.add(offset, below);
    }
    for (Range range : above) {
      if (range.to() > offset) {
        merge.add(Math.max(offset, range.from()), range.to());
      }
    }
    return merge.set();
  }

  /** Returns the offsets of the set below this one. */
  public OffsetSet before(long offset) {
    return new OffsetSet(
        Math.min(below, offset),
        above.stream()
            .filter(range -> range.from() < offset)
            .map(range -> new Range(range.from(), Math.min(range.to(), offset)))
            .toList());
  }

  /** Merges ranges that are added in the order of their starts. */
  private static final class Merge {
    private final List<Range> ranges = new ArrayList<>();
    private long next;

    Merge(long next) {
      this.next = next;
    }

    void add(long from, long to) {
      if (!touches(from)) {
        ranges.add(new Range(from, to));
      } else if (ranges.isEmpty()) {
        next = Math.max(next, to);
      } else {
        int last = ranges.size() - 1;
        Range grown = ranges.get(last);
        ranges.set(last, new Range(grown.from(), Math.max(grown.to(), to)));
      }
    }

    /** Adds a range unchanged if possible, which is the usual case. */
    void add(Range range) {
      if (touches(range.from())) {
        add(range.from(), range.to());
      } else {
        ranges.add(range);
      }
    }

    private boolean touches(long from) {
      return from <= (ranges.isEmpty() ? next : ranges.get(ranges.size() - 1).to());
    }

    OffsetSet set() {
      return new OffsetSet(next, ranges);
    }
  }
}
