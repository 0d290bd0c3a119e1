package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import org.perille.internal.log.OffsetSet;

/**
 * What a subscription has finished in a partition: what is done, and what has been put aside or
 * given up, which is found elsewhere. Immutable.
 *
 * @param finished everything below an offset, and some above it
 * @param open offsets that are being handled once more, although they belong to the finished ones;
 *     rising. Only where effects are committed with the cursor: there this is what tells whether
 *     the effect has happened
 * @param sequenceNumber a journal sequence number at or before the event that holds the lowest
 *     offset that isn't finished
 * @param generation since the subscription was last reset
 */
public record Cursor(
    OffsetSet finished, List<Long> open, long sequenceNumber, Generation generation) {

  public Cursor {
    open = List.copyOf(open);
  }

  /** A cursor of a new subscription, that has finished nothing and begins here. */
  public static Cursor startingAt(long offset, long sequenceNumber) {
    return new Cursor(
        OffsetSet.below(offset), List.of(), sequenceNumber, Generation.startingAt(offset));
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
    return finished.contains(offset) && !open.contains(offset);
  }

  /** How many offsets above the next one are finished. */
  public long finishedAbove() {
    return finished.countFrom(finished.below());
  }

  /** The cursor when everything below an offset counts as finished, before it is attempted. */
  public Cursor passing(long offset, long batchSequenceNumber) {
    return new Cursor(OffsetSet.below(offset), open, batchSequenceNumber, generation);
  }

  /** What was handled, in this generation or an earlier one: nothing is published for it again. */
  public OffsetSet handled() {
    return generation.handled(finished.without(open));
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
    List<Long> stillOpen = open;
    if (!open.isEmpty()) {
      stillOpen = new ArrayList<>(open);
      stillOpen.removeAll(offsets);
    }
    return new Cursor(
        after,
        stillOpen,
        Math.max(sequenceNumber, sequenceNumberAt.applyAsLong(after.below())),
        generation);
  }

  /** The cursor when some more of the finished offsets are to be handled once more. */
  public Cursor reopen(Collection<Long> offsets) {
    TreeSet<Long> all = new TreeSet<>(open);
    all.addAll(offsets);
    return new Cursor(finished, List.copyOf(all), sequenceNumber, generation);
  }

  /** The cursor when these are not finished, which it had passed. */
  public Cursor without(Collection<Long> offsets) {
    return new Cursor(finished.without(offsets), open, sequenceNumber, generation);
  }

  /** The cursor of the next generation, which begins here. */
  public Cursor reset(String resetId, long offset, long atSequenceNumber, boolean publishAgain) {
    return new Cursor(
        OffsetSet.below(offset),
        List.of(),
        atSequenceNumber,
        generation.next(resetId, offset, finished, publishAgain));
  }
}
