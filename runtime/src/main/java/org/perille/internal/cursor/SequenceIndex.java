package org.perille.internal.cursor;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;

/**
 * The journal positions of the offsets in flight, and the marks of their log.
 *
 * <p>With them a cursor states where to begin reading after a crash, and in which log. Safe for use
 * by any number of threads; only one of them adds.
 *
 * <p>The size is bounded, since any number of batches may overtake a slow message. If there are too
 * many positions, every second one is dropped. Then a reader begins somewhat earlier, and a
 * cursor's mark is somewhat further behind its finished offsets.
 */
@Pure
public final class SequenceIndex implements Cursor.Positions {
  /** The maximum number of positions: about 150 KiB. */
  static final int MAX_MARKS = 1024;

  private record Position(long sequenceNumber, long endOffset, Optional<LogMark> mark) {}

  private final ConcurrentSkipListMap<Long, Position> byFirstOffset = new ConcurrentSkipListMap<>();

  public void add(FeedBatch batch) {
    byFirstOffset.put(
        batch.firstOffset(), new Position(batch.sequenceNumber(), batch.endOffset(), batch.mark()));
    if (byFirstOffset.size() > MAX_MARKS) {
      thinOut();
    }
  }

  /** Drops every second position, but not the lowest and the highest. */
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
   * Returns the mark of the batch that holds an offset, or else the next one.
   *
   * <p>If the batch is forgotten, the next mark serves as well: it was read from the same log. An
   * earlier mark doesn't: a log that was restored to a point between the two would contain it, too.
   */
  @Override
  public Optional<LogMark> markAt(long offset) {
    Map.Entry<Long, Position> known = byFirstOffset.floorEntry(offset);
    if (known == null || known.getValue().endOffset <= offset) {
      known = byFirstOffset.higherEntry(offset);
    }
    return known == null ? Optional.empty() : known.getValue().mark;
  }

  /** Removes the positions before the batch that holds this offset. */
  public void forgetBefore(long offset) {
    Long batch = byFirstOffset.floorKey(offset);
    if (batch != null) {
      byFirstOffset.headMap(batch, false).clear();
    }
  }

  /** Returns the number of stored batches. */
  public int size() {
    return byFirstOffset.size();
  }
}
