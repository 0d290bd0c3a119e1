package org.perille.internal.failure;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The messages of an ordering group that were deferred, by offset, and the dead letters that park
 * it.
 */
final class OrderingGroup {
  private final TreeMap<Long, DeferredMessage> messages = new TreeMap<>();
  private final TreeSet<Long> parkedBy = new TreeSet<>();

  void put(DeferredMessage deferred) {
    messages.put(deferred.offset(), deferred);
  }

  void remove(long offset) {
    messages.remove(offset);
  }

  Optional<DeferredMessage> get(long offset) {
    return Optional.ofNullable(messages.get(offset));
  }

  /** The message whose turn it is. */
  Optional<DeferredMessage> head() {
    return messages.isEmpty() ? Optional.empty() : Optional.of(messages.firstEntry().getValue());
  }

  Collection<DeferredMessage> messages() {
    return Collections.unmodifiableCollection(messages.values());
  }

  SortedSet<Long> parkedBy() {
    return Collections.unmodifiableSortedSet(parkedBy);
  }

  void park(long deadLetter) {
    parkedBy.add(deadLetter);
  }

  void unpark(long deadLetter) {
    parkedBy.remove(deadLetter);
  }

  /** Returns whether all its messages wait for an operator. */
  boolean isParked() {
    return head().map(deferred -> isParkedAt(deferred.offset())).orElse(!parkedBy.isEmpty());
  }

  /**
   * Whether a message waits for an operator: what comes before the dead letters that are still
   * there may go, as one that was redriven does; what comes behind one may not, even if it was
   * redriven.
   */
  boolean isParkedAt(long offset) {
    return !parkedBy.isEmpty() && parkedBy.first() < offset;
  }

  boolean isEmpty() {
    return messages.isEmpty() && parkedBy.isEmpty();
  }
}
