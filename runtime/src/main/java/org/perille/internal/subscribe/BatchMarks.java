package org.perille.internal.subscribe;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;

/**
 * Knows for the offsets in flight where in the journal they stand, so that a cursor can say where
 * to begin reading after a crash, and in which log. Safe for use by any number of threads.
 */
final class BatchMarks implements Cursor.Positions {
  private record Position(long sequenceNumber, Optional<LogMark> mark) {}

  private final ConcurrentSkipListMap<Long, Position> byFirstOffset = new ConcurrentSkipListMap<>();

  void add(FeedBatch batch) {
    byFirstOffset.put(batch.firstOffset(), new Position(batch.sequenceNumber(), batch.mark()));
  }

  @Override
  public long sequenceNumberAt(long offset) {
    Map.Entry<Long, Position> batch = byFirstOffset.floorEntry(offset);
    return batch == null ? 0 : batch.getValue().sequenceNumber;
  }

  /** Of an offset that is forgotten the next mark is as good: it was read from the same log. */
  @Override
  public Optional<LogMark> markAt(long offset) {
    Map.Entry<Long, Position> batch = byFirstOffset.floorEntry(offset);
    Map.Entry<Long, Position> known = batch == null ? byFirstOffset.firstEntry() : batch;
    return known == null ? Optional.empty() : known.getValue().mark;
  }

  /** Forgets what lies before the batch that holds this offset. */
  void forgetBefore(long offset) {
    Long batch = byFirstOffset.floorKey(offset);
    if (batch != null) {
      byFirstOffset.headMap(batch, false).clear();
    }
  }
}
