package org.perille.internal.log;

import org.perille.internal.log.PartitionEvent.BatchAppended;

/**
 * A batch in a partition's journal, as a subscriber recognizes it later. A log that was restored to
 * an older state and has grown again holds another batch at that place, or something else.
 *
 * @param sequenceNumber of the journal event
 * @param fingerprint of its offsets, its time and its publisher's number for it; a stored value,
 *     which must not be computed otherwise by a later version
 */
public record LogMark(long sequenceNumber, long fingerprint) {

  /** The mark of a batch at its place. */
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

  /** Stafford's thirteenth variant, as in java.util.SplittableRandom: each bit changes half. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
