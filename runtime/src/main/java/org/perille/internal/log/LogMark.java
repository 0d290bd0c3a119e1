package org.perille.internal.log;

import org.perille.internal.Pure;
import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * The identity of a batch in a partition's journal, by which a subscriber recognises it later.
 *
 * <p>A log that was restored to an older state and has grown again has another event at that
 * position.
 *
 * @param sequenceNumber the sequence number of the journal event
 * @param fingerprint the hash of its offsets, its time and its publisher's number; a stored value,
 *     whose computation must never change
 */
@Pure
public record LogMark(long sequenceNumber, long fingerprint) {

  /** Returns the mark of a batch at its position. */
  public static LogMark of(long sequenceNumber, BatchAppended batch) {
    long hash = mix(batch.firstOffset());
    hash = mix(hash ^ batch.messages().size());
    hash = mix(hash ^ batch.timestampMillis());
    hash = mix(hash ^ batch.batchNumber());
    for (int i = 0; i < batch.publisher().length(); i++) {
      hash = 31 * hash + batch.publisher().charAt(i);
    }
    return new LogMark(sequenceNumber, mix(hash));
  }

  /**
   * Mixes bits by Stafford's thirteenth variant, as in java.util.SplittableRandom: each changes
   * half.
   */
  static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
