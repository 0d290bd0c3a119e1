package org.perille.internal.cursor;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.perille.internal.Pure;
import org.perille.internal.feed.FeedBatch;
import org.perille.internal.log.LogMark;
import org.perille.internal.log.OffsetSet;

/**
 * The set of offsets that a subscription has finished in a partition. Immutable.
 *
 * <p>A finished message is done, or it is deferred or a dead letter, which the failure log knows.
 *
 * @param finished all offsets below a number, and some above it
 * @param open offsets among the finished ones that are being handled once more; rising. Used only
 *     where effects are committed with the cursor: there the cursor tells whether the effect has
 *     happened
 * @param sequenceNumber a journal sequence number at or before the event that holds the lowest
 *     unfinished offset
 * @param generation the generation since the last reset of the subscription
 * @param mark of the log that the offsets belong to, at or behind the highest finished offset.
 *     Empty if nothing is finished, and until a cursor that was reset has met its log
 */
@Pure
public record Cursor(
    OffsetSet finished,
    List<Long> open,
    long sequenceNumber,
    Generation generation,
    Optional<LogMark> mark) {

  /** The positions of messages in the journal, as far as they are known. */
  @FunctionalInterface
  public interface Positions {
    /**
     * Returns a sequence number at or before the event that holds an offset; 0 if none is known.
     */
    long sequenceNumberAt(long offset);

    /**
     * Returns the mark of an event at or behind the one that holds an offset. Empty if none is
     * known.
     */
    default Optional<LogMark> markAt(long offset) {
      return Optional.empty();
    }
  }

  public Cursor {
    open = List.copyOf(open);
  }

  /** Creates a cursor without a mark. */
  public Cursor(OffsetSet finished, List<Long> open, long sequenceNumber, Generation generation) {
    this(finished, open, sequenceNumber, generation, Optional.empty());
  }

  /**
   * Returns the cursor of a new subscription, which has finished nothing and begins at an offset.
   */
  public static Cursor startingAt(long offset, long sequenceNumber) {
    return new Cursor(
        OffsetSet.below(offset), List.of(), sequenceNumber, Generation.startingAt(offset));
  }

  /** Returns this cursor with the mark of its log. */
  public Cursor marked(LogMark ofLog) {
    return new Cursor(finished, open, sequenceNumber, generation, Optional.of(ofLog));
  }

  private Optional<LogMark> later(Optional<LogMark> found) {
    boolean isBehind =
        found.isPresent()
            && mark.filter(m -> m.sequenceNumber() > found.get().sequenceNumber()).isPresent();
    return found.isEmpty() || isBehind ? mark : found;
  }

  /** Returns the lowest offset that isn't finished. */
  public long nextOffset() {
    return finished.below();
  }

  /**
   * Returns whether this cursor is ahead of another one: further in the same generation, or of a
   * later one.
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

  /** Returns the number of finished offsets above the next one. */
  public long finishedAbove() {
    return finished.countFrom(finished.below());
  }

  /**
   * Returns the cursor that has finished everything up to the end of a batch, before it is
   * attempted.
   *
   * <p>Offsets above the batch stay finished: the subscription may have been an at-least-once one
   * before.
   */
  public Cursor passing(FeedBatch batch) {
    return new Cursor(
        OffsetSet.below(batch.endOffset()).union(finished),
        open,
        batch.sequenceNumber(),
        generation,
        later(batch.mark()));
  }

  /**
   * Returns the offsets that this generation or an earlier one has handled. Nothing is published
   * for them again.
   */
  public OffsetSet handled() {
    return generation.handled(finished.without(open));
  }

  /** Returns the offsets that this generation has handled. */
  public OffsetSet handledInGeneration() {
    return finished.without(open).from(generation.start());
  }

  /**
   * Returns the cursor with more finished offsets, in any order. Finished offsets may be repeated.
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

  /** Returns the cursor in which these finished offsets are open: to be handled once more. */
  public Cursor reopen(Collection<Long> offsets) {
    TreeSet<Long> all = new TreeSet<>(open);
    all.addAll(offsets);
    return new Cursor(finished, List.copyOf(all), sequenceNumber, generation, mark);
  }

  /** Returns the cursor without these offsets, which it had passed. */
  public Cursor without(Collection<Long> offsets) {
    return new Cursor(finished.without(offsets), open, sequenceNumber, generation, mark);
  }

  /** Returns the cursor of the next generation, which begins at an offset of the current log. */
  public Cursor reset(String resetId, long offset, long atSequenceNumber, boolean publishAgain) {
    return new Cursor(
        OffsetSet.below(offset),
        List.of(),
        atSequenceNumber,
        generation.next(resetId, offset, finished, publishAgain));
  }
}
