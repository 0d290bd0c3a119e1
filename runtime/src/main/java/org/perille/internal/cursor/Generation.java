package org.perille.internal.cursor;

import org.perille.internal.log.OffsetSet;

/**
 * A generation of a subscription: the period between two resets. Immutable.
 *
 * <p>The subscription's states and its dedup belong to one generation.
 *
 * @param number 0 for a new subscription; each reset increments it
 * @param publication distinguishes messages that are republished on purpose; incremented by each
 *     reset that republishes
 * @param start the first offset of the generation
 * @param suppressed offsets that earlier generations have handled: nothing is published for them
 * @param resetId id of the reset that began it; empty for a new subscription
 */
public record Generation(
    long number, long publication, long start, OffsetSet suppressed, String resetId) {

  /** Returns the first generation of a subscription. */
  public static Generation startingAt(long offset) {
    return new Generation(0, 0, offset, OffsetSet.NONE, "");
  }

  /**
   * Returns the next generation.
   *
   * @param finished offsets that this generation has finished
   * @param publishAgain whether the subscription republishes from the new start on
   */
  Generation next(String id, long newStart, OffsetSet finished, boolean publishAgain) {
    return new Generation(
        number + 1,
        publishAgain ? publication + 1 : publication,
        newStart,
        publishAgain ? handled(finished).before(newStart) : handled(finished),
        id);
  }

  /** Returns this generation with these suppressed offsets. */
  Generation withSuppressed(OffsetSet offsets) {
    return new Generation(number, publication, start, offsets, resetId);
  }

  /** Returns the offsets that this generation and earlier ones have handled. */
  OffsetSet handled(OffsetSet finished) {
    return suppressed.union(finished.from(start));
  }
}
