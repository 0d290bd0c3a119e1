package org.perille.internal.subscribe;

import org.perille.internal.log.OffsetSet;

/**
 * What a subscription does between two resets: its states and its dedup belong to one generation.
 * Immutable.
 *
 * @param number 0 for a new subscription, one more with every reset
 * @param publication tells apart what is published again on purpose; one more with every reset that
 *     wants it
 * @param start the offset that the generation began at
 * @param suppressed offsets that were handled in earlier generations: nothing is published for them
 * @param resetId names the reset that began it; empty for a new subscription
 */
public record Generation(
    long number, long publication, long start, OffsetSet suppressed, String resetId) {

  /** The first generation of a subscription. */
  public static Generation startingAt(long offset) {
    return new Generation(0, 0, offset, OffsetSet.NONE, "");
  }

  /**
   * The generation after this one.
   *
   * @param finished what this one has finished
   * @param publishAgain whether what was published from the new start on is published again
   */
  Generation next(String id, long newStart, OffsetSet finished, boolean publishAgain) {
    return new Generation(
        number + 1,
        publishAgain ? publication + 1 : publication,
        newStart,
        publishAgain ? handled(finished).before(newStart) : handled(finished),
        id);
  }

  /** The same, with these silent offsets. */
  Generation withSuppressed(OffsetSet offsets) {
    return new Generation(number, publication, start, offsets, resetId);
  }

  /** What this generation and those before it have handled. */
  OffsetSet handled(OffsetSet finished) {
    return suppressed.union(finished.from(start));
  }
}
