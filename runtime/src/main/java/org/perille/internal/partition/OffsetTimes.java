package org.perille.internal.partition;

import java.util.Arrays;
import org.perille.internal.Pure;

/**
 * The times at which offsets were stored, in bounded memory: the older, the coarser.
 *
 * <p>It stores one mark for each batch. When it is full, it forgets marks whose neighbors are close
 * to each other, compared with their age. So the error of an age is at most an eighth of it, or 1
 * s. A month needs about 250 marks.
 */
@Pure
final class OffsetTimes {
  private static final int MAX_MARKS = 512;

  /** The part of an age that its error may be. */
  private static final int PART = 8;

  private static final long YOUNG_MILLIS = 1_000;

  // Most partitions are quiet and need few marks.
  private long[] offsets = new long[8];
  private long[] millis = new long[8];
  private int size;

  /** Adds the time of a batch, which is behind all others. */
  void append(long firstOffset, long timestampMillis) {
    if (size > 0 && millis[size - 1] == timestampMillis) {
      return;
    }
    if (size == MAX_MARKS) {
      forget();
    } else if (size == offsets.length) {
      offsets = Arrays.copyOf(offsets, 2 * size);
      millis = Arrays.copyOf(millis, 2 * size);
    }
    offsets[size] = firstOffset;
    millis[size] = timestampMillis;
    size++;
  }

  /** Keeps the first mark, the last one, and each one without which a gap would be too long. */
  private void forget() {
    long last = millis[size - 1];
    int kept = 1;
    for (int i = 1; i < size; i++) {
      boolean needed =
          i == size - 1
              || millis[i + 1] - millis[kept - 1]
                  > Math.max(YOUNG_MILLIS, (last - millis[i + 1]) / PART);
      if (needed) {
        offsets[kept] = offsets[i];
        millis[kept] = millis[i];
        kept++;
      }
    }
    // Otherwise the log is older than any: its first times matter least.
    int dropped = kept == MAX_MARKS ? MAX_MARKS / 2 : 0;
    size = kept - dropped;
    System.arraycopy(offsets, dropped, offsets, 0, size);
    System.arraycopy(millis, dropped, millis, 0, size);
  }

  /**
   * Returns the time at which an offset was stored: that of the mark before it; of the first mark
   * if the offset is older; and the latest possible time if there is no mark.
   */
  long timeOf(long offset, long nowMillis) {
    if (size == 0) {
      return nowMillis;
    }
    int found = Arrays.binarySearch(offsets, 0, size, offset);
    return millis[Math.max(0, found >= 0 ? found : -found - 2)];
  }
}
