package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * What a subscription has finished in a partition: everything below an offset, and some above it.
 * Immutable.
 *
 * @param nextOffset the lowest offset that isn't finished
 * @param sequenceNumber a journal sequence number at or before the event that holds it
 * @param above finished ranges above it, rising and apart from each other
 * @param attemptedBelow no message at or above this offset has ever been handed to a handler
 */
public record Cursor(long nextOffset, long sequenceNumber, List<Range> above, long attemptedBelow) {

  /** Offsets from one (included) to another (excluded). */
  public record Range(long from, long to) {
    public Range {
      if (from >= to) {
        throw new IllegalArgumentException("range " + from + " to " + to + " is empty");
      }
    }
  }

  public Cursor {
    above = List.copyOf(above);
    long end = nextOffset;
    for (Range range : above) {
      if (range.from() <= end) {
        throw new IllegalArgumentException(
            "INV-5 finished ranges rise and don't touch: %s after %d".formatted(range, end));
      }
      end = range.to();
    }
  }

  /** A cursor that has finished nothing and begins here. */
  public static Cursor startingAt(long offset, long sequenceNumber) {
    return new Cursor(offset, sequenceNumber, List.of(), offset);
  }

  /** Whether the message at this offset is finished. */
  public boolean isFinished(long offset) {
    if (offset < nextOffset) {
      return true;
    }
    for (Range range : above) {
      if (offset < range.from()) {
        return false;
      }
      if (offset < range.to()) {
        return true;
      }
    }
    return false;
  }

  /** How many offsets above the next one are finished. */
  public long finishedAbove() {
    return above.stream().mapToLong(range -> range.to() - range.from()).sum();
  }

  /** The same cursor with the promise about attempts moved up. */
  public Cursor attemptingBelow(long offset) {
    return new Cursor(nextOffset, sequenceNumber, above, Math.max(attemptedBelow, offset));
  }

  /**
   * The cursor after some more offsets are finished, in any order; what was finished already counts
   * once.
   *
   * @param sequenceNumberAt gives a journal sequence number at or before the event that holds an
   *     offset
   */
  public Cursor finish(Collection<Long> offsets, LongUnaryOperator sequenceNumberAt) {
    long[] sorted = offsets.stream().mapToLong(Long::longValue).sorted().toArray();
    Merge merge = new Merge(nextOffset);
    int at = 0;
    for (Range range : above) {
      while (at < sorted.length && sorted[at] < range.from()) {
        merge.add(sorted[at], sorted[at] + 1);
        at++;
      }
      merge.add(range.from(), range.to());
    }
    for (; at < sorted.length; at++) {
      merge.add(sorted[at], sorted[at] + 1);
    }
    return new Cursor(
        merge.next,
        Math.max(sequenceNumber, sequenceNumberAt.applyAsLong(merge.next)),
        merge.ranges,
        attemptedBelow);
  }

  /** Puts ranges together that come in the order of their beginnings. */
  private static final class Merge {
    private final List<Range> ranges = new ArrayList<>();
    private long next;

    Merge(long next) {
      this.next = next;
    }

    void add(long from, long to) {
      if (ranges.isEmpty() && from <= next) {
        next = Math.max(next, to);
        return;
      }
      int last = ranges.size() - 1;
      if (last >= 0 && from <= ranges.get(last).to()) {
        Range grown = ranges.get(last);
        ranges.set(last, new Range(grown.from(), Math.max(grown.to(), to)));
      } else {
        ranges.add(new Range(from, to));
      }
    }
  }
}
