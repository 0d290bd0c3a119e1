package org.perille.internal.effect;

import java.util.Collections;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.perille.internal.log.OffsetSet;
import org.perille.internal.subscribe.Cursor;
import org.perille.internal.subscribe.Generation;

/**
 * How far a worker of the model is. Immutable.
 *
 * @param deferred what the cursor may pass though its outcome is open
 * @param redriven dead letters of earlier generations that this one has handled
 */
record ModelProgress(Cursor cursor, SortedMap<Long, DeferredOne> deferred, OffsetSet redriven) {

  static ModelProgress beginning() {
    return new ModelProgress(Cursor.startingAt(0, 0), Collections.emptySortedMap(), OffsetSet.NONE);
  }

  /** What has become of a message that the cursor passed; nothing if it is just finished. */
  Optional<DeferredOne.Status> statusOf(long offset) {
    return Optional.ofNullable(deferred.get(offset)).map(DeferredOne::status);
  }

  /** What nothing will be published for any more. */
  OffsetSet handled() {
    return cursor.handled().union(redriven).without(deferred.keySet());
  }

  /**
   * Returns whether a message was handled, in this generation or before it, and so was published
   * for.
   */
  boolean isSilenced(long offset) {
    return handled().contains(offset) || cursor.generation().suppressed().contains(offset);
  }

  /** The beginning of the next generation: it keeps the dead letters that don't come by itself. */
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
