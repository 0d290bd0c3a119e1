package org.perille.internal.subscribe;

import java.util.Collection;
import java.util.function.LongUnaryOperator;
import org.perille.internal.log.OffsetSet;

/**
 * What a subscription has finished in a partition. Immutable.
 *
 * @param finished everything below an offset, and some above it
 * @param sequenceNumber a journal sequence number at or before the event that holds the lowest
 *     offset that isn't finished
 * @param attemptedBelow no message at or above this offset has ever been handed to a handler
 * @param generation since the subscription was last reset
 */
public record Cursor(
    OffsetSet finished, long sequenceNumber, long attemptedBelow, Generation generation) {

  /** A cursor of a new subscription, that has finished nothing and begins here. */
  public static Cursor startingAt(long offset, long sequenceNumber) {
    return new Cursor(
        OffsetSet.below(offset), sequenceNumber, offset, Generation.startingAt(offset));
  }

  /** The lowest offset that isn't finished. */
  public long nextOffset() {
    return finished.below();
  }

  /** Whether it is further than another one, within a generation, or of a later generation. */
  boolean isAheadOf(Cursor other) {
    return generation.number() == other.generation.number()
        ? nextOffset() > other.nextOffset()
        : generation.number() > other.generation.number();
  }

  /** Whether the message at this offset is finished. */
  public boolean isFinished(long offset) {
    return finished.contains(offset);
  }

  /** How many offsets above the next one are finished. */
  public long finishedAbove() {
    return finished.countFrom(finished.below());
  }

  /** The same cursor with the promise about attempts moved up. */
  public Cursor attemptingBelow(long offset) {
    return new Cursor(finished, sequenceNumber, Math.max(attemptedBelow, offset), generation);
  }

  /** The cursor when everything below an offset counts as finished, before it is attempted. */
  public Cursor passing(long offset, long batchSequenceNumber) {
    return new Cursor(OffsetSet.below(offset), batchSequenceNumber, offset, generation);
  }

  /** What was handled, in this generation or an earlier one: nothing is published for it again. */
  public OffsetSet handled() {
    return generation.handled(finished);
  }

  /**
   * The cursor after some more offsets are finished, in any order; what was finished already counts
   * once.
   *
   * @param sequenceNumberAt gives a journal sequence number at or before the event that holds an
   *     offset
   */
  public Cursor finish(Collection<Long> offsets, LongUnaryOperator sequenceNumberAt) {
    OffsetSet after = finished.add(offsets);
    return new Cursor(
        after,
        Math.max(sequenceNumber, sequenceNumberAt.applyAsLong(after.below())),
        attemptedBelow,
        generation);
  }

  /** The cursor of the next generation, which begins here. */
  public Cursor reset(String resetId, long offset, long atSequenceNumber, boolean publishAgain) {
    return new Cursor(
        OffsetSet.below(offset),
        atSequenceNumber,
        Math.max(attemptedBelow, offset),
        generation.next(resetId, offset, finished, publishAgain));
  }
}
