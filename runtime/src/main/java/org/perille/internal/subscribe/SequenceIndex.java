package org.perille.internal.subscribe;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;

/**
 * Knows for the offsets in flight where in the journal they stand, so that a cursor can say where
 * to begin reading after a crash, and in which log. Safe for use by any number of threads; one of
 * them adds.
 *
 * <p>Bounded: while a handler takes its time, any number of batches may pass it. Of very many
 * positions every second one is dropped: a reader begins somewhat earlier then, and a cursor's mark
 * stands somewhat further behind what is finished.
 */
final class SequenceIndex implements Cursor.Positions {
  /** About 150 KiB. */
  static final int MAX_MARKS = 1024;

  private record Position(long sequenceNumber, long endOffset, Optional<LogMark> mark) {}

  private final ConcurrentSkipListMap<Long, Position> byFirstOffset = new ConcurrentSkipListMap<>();

  void add(FeedBatch batch) {
    byFirstOffset.put(
        batch.firstOffset(), new Position(batch.sequenceNumber(), batch.endOffset(), batch.mark()));
    if (byFirstOffset.size() > MAX_MARKS) {
      thinOut();
    }
  }

  /** The lowest and the highest position stay. */
  private void thinOut() {
    Iterator<Long> positions = byFirstOffset.keySet().iterator();
    while (positions.hasNext()) {
      positions.next();
      if (positions.hasNext()) {
        positions.next();
        if (positions.hasNext()) {
          positions.remove();
        }
      }
    }
  }

  @Override
  public long sequenceNumberAt(long offset) {
    Map.Entry<Long, Position> batch = byFirstOffset.floorEntry(offset);
    return batch == null ? 0 : batch.getValue().sequenceNumber;
  }

  /**
   * Of an offset whose batch is forgotten the next mark is as good: it was read from the same log.
   * One before it is not, since a log that was restored to what lies between would have it, too.
   */
  @Override
  public Optional<LogMark> markAt(long offset) {
    Map.Entry<Long, Position> known = byFirstOffset.floorEntry(offset);
    if (known == null || known.getValue().endOffset <= offset) {
      known = byFirstOffset.higherEntry(offset);
    }
    return known == null ? Optional.empty() : known.getValue().mark;
  }

  /** Forgets what lies before the batch that holds this offset. */
  void forgetBefore(long offset) {
    Long batch = byFirstOffset.floorKey(offset);
    if (batch != null) {
      byFirstOffset.headMap(batch, false).clear();
    }
  }

  /** The number of batches that are remembered. */
  int size() {
    return byFirstOffset.size();
  }
}
