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
 * @param aside what the cursor may pass though its outcome is open
 * @param redriven dead letters of earlier generations that this one has handled
 */
record ModelProgress(Cursor cursor, SortedMap<Long, Aside> aside, OffsetSet redriven) {

  static ModelProgress beginning() {
    return new ModelProgress(Cursor.startingAt(0, 0), Collections.emptySortedMap(), OffsetSet.NONE);
  }

  /** What has become of a message that the cursor passed; nothing if it is just finished. */
  Optional<Aside.Status> statusOf(long offset) {
    return Optional.ofNullable(aside.get(offset)).map(Aside::status);
  }

  /** What nothing will be published for any more. */
  OffsetSet handled() {
    return cursor.handled().union(redriven).without(aside.keySet());
  }

  /**
   * Returns whether a message was handled, in this generation or before it, and so was published
   * for.
   */
  boolean isSilenced(long offset) {
    return handled().contains(offset) || cursor.generation().silent().contains(offset);
  }

  /** The beginning of the next generation: it keeps the dead letters that don't come by itself. */
  ModelProgress reset(String id, long offset, boolean publishAgain) {
    Generation now = cursor.generation();
    Cursor handledOnly =
        new Cursor(
            cursor.finished().without(aside.keySet()),
            cursor.open(),
            cursor.sequenceNumber(),
            new Generation(
                now.number(),
                now.publication(),
                now.start(),
                now.silent().union(redriven),
                now.resetId()));
    SortedMap<Long, Aside> kept = new TreeMap<>();
    aside.headMap(offset).entrySet().stream()
        .filter(entry -> entry.getValue().isGivenUp())
        .forEach(
            entry ->
                kept.put(
                    entry.getKey(),
                    new Aside(entry.getValue().key(), Aside.Status.LETTER, 0, false)));
    return new ModelProgress(
        handledOnly.reset(id, offset, 0, publishAgain),
        Collections.unmodifiableSortedMap(kept),
        OffsetSet.NONE);
  }
}
