package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.OffsetSet;

/**
 * What a subscription has finished in a partition: what is done, and what has been deferred or
 * given up, which is found elsewhere. Immutable.
 *
 * @param finished everything below an offset, and some above it
 * @param open offsets that are being handled once more, although they belong to the finished ones;
 *     rising. Only where effects are committed with the cursor: there this is what tells whether
 *     the effect has happened
 * @param sequenceNumber a journal sequence number at or before the event that holds the lowest
 *     offset that isn't finished
 * @param generation since the subscription was last reset
 * @param mark of the log that all of this is about: at or behind the highest finished offset; empty
 *     where nothing is finished, and until a cursor of an earlier version, or one that was reset,
 *     has met its log
 */
public record Cursor(
    OffsetSet finished,
    List<Long> open,
    long sequenceNumber,
    Generation generation,
    Optional<LogMark> mark) {

  /** Where messages stand in the journal, as far as it is known. */
  @FunctionalInterface
  public interface Positions {
    /** A sequence number at or before the event that holds an offset; 0 if nothing is known. */
    long sequenceNumberAt(long offset);

    /** The mark of an event at or behind the one that holds an offset; empty if none is known. */
    default Optional<LogMark> markAt(long offset) {
      return Optional.empty();
    }
  }

  public Cursor {
    open = List.copyOf(open);
  }

  /** A cursor without a mark. */
  public Cursor(OffsetSet finished, List<Long> open, long sequenceNumber, Generation generation) {
    this(finished, open, sequenceNumber, generation, Optional.empty());
  }

  /** A cursor of a new subscription, that has finished nothing and begins here. */
  public static Cursor startingAt(long offset, long sequenceNumber) {
    return new Cursor(
        OffsetSet.below(offset), List.of(), sequenceNumber, Generation.startingAt(offset));
  }

  /** The cursor with the mark of its log. */
  public Cursor marked(LogMark ofLog) {
    return new Cursor(finished, open, sequenceNumber, generation, Optional.of(ofLog));
  }

  private Optional<LogMark> later(Optional<LogMark> found) {
    boolean isBehind =
        found.isPresent()
            && mark.filter(m -> m.sequenceNumber() > found.get().sequenceNumber()).isPresent();
    return found.isEmpty() || isBehind ? mark : found;
  }

  /** The lowest offset that isn't finished. */
  public long nextOffset() {
    return finished.below();
  }

  /**
   * Returns whether it is further than another one, within a generation, or of a later generation.
   */
  boolean isAheadOf(Cursor other) {
    return generation.number() == other.generation.number()
        ? nextOffset() > other.nextOffset()
        : generation.number() > other.generation.number();
  }

  /** Returns whether the message at this offset is finished. */
  public boolean isFinished(long offset) {
    return finished.contains(offset) && !open.contains(offset);
  }

  /** How many offsets above the next one are finished. */
  public long finishedAbove() {
    return finished.countFrom(finished.below());
  }

  /**
   * The cursor when everything up to a batch's end counts as finished, before it is attempted. What
   * is finished above it stays so: the subscription may have been an at-least-once one.
   */
  public Cursor passing(FeedBatch batch) {
    return new Cursor(
        OffsetSet.below(batch.endOffset()).union(finished),
        open,
        batch.sequenceNumber(),
        generation,
        later(batch.mark()));
  }

  /** What was handled, in this generation or an earlier one: nothing is published for it again. */
  public OffsetSet handled() {
    return generation.handled(finished.without(open));
  }

  /** What was handled in this generation. */
  OffsetSet handledInGeneration() {
    return finished.without(open).from(generation.start());
  }

  /**
   * The cursor after some more offsets are finished, in any order; what was finished already counts
   * once.
   *
   * @param positions of the offsets that are finished, and of those that follow
   */
  public Cursor finish(Collection<Long> offsets, Positions positions) {
    OffsetSet after = finished.add(offsets);
    List<Long> stillOpen = open;
    if (!open.isEmpty()) {
      stillOpen = new ArrayList<>(open);
      stillOpen.removeAll(offsets);
    }
    return new Cursor(
        after,
        stillOpen,
        Math.max(sequenceNumber, positions.sequenceNumberAt(after.below())),
        generation,
        after.end() > finished.end() ? later(positions.markAt(after.end() - 1)) : mark);
  }

  /** The cursor when some more of the finished offsets are to be handled once more. */
  public Cursor reopen(Collection<Long> offsets) {
    TreeSet<Long> all = new TreeSet<>(open);
    all.addAll(offsets);
    return new Cursor(finished, List.copyOf(all), sequenceNumber, generation, mark);
  }

  /** The cursor when these are not finished, which it had passed. */
  public Cursor without(Collection<Long> offsets) {
    return new Cursor(finished.without(offsets), open, sequenceNumber, generation, mark);
  }

  /** The cursor of the next generation, which begins here, in whatever log there is now. */
  public Cursor reset(String resetId, long offset, long atSequenceNumber, boolean publishAgain) {
    return new Cursor(
        OffsetSet.below(offset),
        List.of(),
        atSequenceNumber,
        generation.next(resetId, offset, finished, publishAgain));
  }
}
