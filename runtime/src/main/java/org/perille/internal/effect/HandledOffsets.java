package org.perille.internal.effect;

import java.util.Optional;
import org.perille.internal.log.OffsetRanges;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.log.OffsetSet.Range;

/**
 * The offsets that a worker has durably handled.
 *
 * <p>They are those that its cursors have passed, except those that were passed without being
 * handled. Both are updated incrementally. No operation takes longer because very many were passed.
 *
 * <p>Safe for use by any number of threads.
 */
public final class HandledOffsets {
  private final OffsetRanges passed = new OffsetRanges();
  private final OffsetRanges excepted = new OffsetRanges();

  /** Returns an object with the offsets of a set. */
  public static HandledOffsets of(OffsetSet set) {
    HandledOffsets handled = new HandledOffsets();
    handled.pass(set);
    return handled;
  }

  /** Adds offsets that a durable cursor has passed. */
  public synchronized void pass(OffsetSet offsets) {
    passed.add(offsets);
  }

  /** Starts another generation, whose cursor has passed these offsets only. */
  public synchronized void passOnly(OffsetSet offsets) {
    passed.clear();
    passed.add(offsets);
  }

  /** Sets whether an offset counts as not handled, wherever the cursor is. */
  public synchronized void except(long offset, boolean unhandled) {
    if (unhandled) {
      excepted.add(offset);
    } else {
      excepted.remove(offset);
    }
  }

  /** Returns whether an offset is durably handled. */
  public synchronized boolean contains(long offset) {
    return passed.contains(offset) && !excepted.contains(offset);
  }

  /** Returns the offsets below the lowest unhandled one, and the highest ranges of the others. */
  synchronized OffsetSet highest(int ranges) {
    OffsetRanges part = new OffsetRanges();
    long end = Long.MAX_VALUE;
    for (int i = 0; i < ranges; i++) {
      Optional<Range> range = before(end);
      if (range.isEmpty()) {
        break;
      }
      part.add(range.get().from(), range.get().to());
      end = range.get().from();
    }
    after(0).filter(range -> range.from() == 0).ifPresent(range -> part.add(0, range.to()));
    return part.toSet();
  }

  /** Returns the next range from an offset on; empty if there is none. */
  synchronized Optional<Range> after(long offset) {
    long start = offset;
    while (true) {
      Optional<Range> in = passed.atOrAfter(start);
      if (in.isEmpty()) {
        return in;
      }
      start = Math.max(start, in.get().from());
      Optional<Range> out = excepted.atOrAfter(start);
      if (out.isEmpty() || out.get().from() > start) {
        long end = out.map(Range::from).orElse(Long.MAX_VALUE);
        return Optional.of(new Range(start, Math.min(end, in.get().to())));
      }
      start = out.get().to();
    }
  }

  private Optional<Range> before(long offset) {
    long end = offset;
    while (true) {
      Optional<Range> in = passed.before(end);
      if (in.isEmpty()) {
        return in;
      }
      end = Math.min(end, in.get().to());
      Optional<Range> out = excepted.before(end);
      if (out.isEmpty() || out.get().to() < end) {
        long start = out.map(Range::to).orElse(0L);
        return Optional.of(new Range(Math.max(start, in.get().from()), end));
      }
      end = out.get().from();
    }
  }
}
