package org.perille.internal.failure;

import java.util.Collection;
import java.util.Collections;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.perille.internal.Pure;

/** The deferred messages of an ordering group, by offset, and the dead letters that park it. */
@Pure
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

  /** Returns the message that comes next; empty if no message is deferred. */
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
   * Returns whether the message at an offset waits for an operator.
   *
   * <p>A message waits if it is behind the first dead letter that still parks the group, even if it
   * was redriven. A message before that dead letter may run.
   */
  boolean isParkedAt(long offset) {
    return !parkedBy.isEmpty() && parkedBy.first() < offset;
  }

  boolean isEmpty() {
    return messages.isEmpty() && parkedBy.isEmpty();
  }
}
