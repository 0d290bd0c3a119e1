package org.perille.internal.subscribe;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Knows for the offsets in flight where in the journal they stand, so that a cursor can say where
 * to begin reading after a crash. Safe for use by any number of threads.
 */
final class BatchMarks {
  private final ConcurrentSkipListMap<Long, Long> sequenceNumberByFirstOffset =
      new ConcurrentSkipListMap<>();

  void add(long firstOffset, long sequenceNumber) {
    sequenceNumberByFirstOffset.put(firstOffset, sequenceNumber);
  }

  /** A sequence number at or before the event that holds an offset; 0 if nothing is known. */
  long sequenceNumberAt(long offset) {
    Map.Entry<Long, Long> batch = sequenceNumberByFirstOffset.floorEntry(offset);
    return batch == null ? 0 : batch.getValue();
  }

  /** Forgets what lies before the batch that holds this offset. */
  void forgetBefore(long offset) {
    Long batch = sequenceNumberByFirstOffset.floorKey(offset);
    if (batch != null) {
      sequenceNumberByFirstOffset.headMap(batch, false).clear();
    }
  }
}
