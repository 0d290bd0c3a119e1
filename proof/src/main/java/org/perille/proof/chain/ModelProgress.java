package org.perille.proof.chain;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.perille.internal.cursor.Cursor;
import org.perille.internal.cursor.Generation;
import org.perille.internal.log.OffsetSet;

/**
 * The progress of a worker of the model. Immutable.
 *
 * @param deferred messages that the cursor may pass although their outcome is open
 * @param redriven dead letters of earlier generations that this generation has handled
 */
record ModelProgress(Cursor cursor, SortedMap<Long, DeferredOne> deferred, OffsetSet redriven) {

  static ModelProgress beginning() {
    return new ModelProgress(Cursor.startingAt(0, 0), Collections.emptySortedMap(), OffsetSet.NONE);
  }

  /** Returns the status of a deferred message. Empty if the message isn't deferred. */
  Optional<DeferredOne.Status> statusOf(long offset) {
    return Optional.ofNullable(deferred.get(offset)).map(DeferredOne::status);
  }

  /** Returns the offsets for which nothing will be published any more. */
  OffsetSet handled() {
    return cursor.handled().union(redriven).without(deferred.keySet());
  }

  /**
   * Returns whether a message was handled, in this generation or before it, so that its messages
   * were published.
   */
  boolean isSilenced(long offset) {
    return handled().contains(offset) || cursor.generation().suppressed().contains(offset);
  }

  /**
   * Returns the start of the next generation. It keeps the dead letters below its start, which the
   * worker doesn't read again.
   */
  ModelProgress reset(String id, long offset, boolean publishAgain) {
    Generation now = cursor.generation();
    Cursor handledOnly =
        new Cursor(
            cursor.finished().without(deferred.keySet()),
            cursor.open(),
            cursor.sequenceNumber(),
            new Generation(
                now.number(),
                now.publication(),
                now.start(),
                now.suppressed().union(redriven),
                now.resetId()));
    SortedMap<Long, DeferredOne> kept = new TreeMap<>();
    deferred.headMap(offset).entrySet().stream()
        .filter(entry -> entry.getValue().isGivenUp())
        .forEach(
            entry ->
                kept.put(
                    entry.getKey(),
                    new DeferredOne(entry.getValue().key(), DeferredOne.Status.LETTER, 0, false)));
    return new ModelProgress(
        handledOnly.reset(id, offset, 0, publishAgain),
        Collections.unmodifiableSortedMap(kept),
        OffsetSet.NONE);
  }
}
