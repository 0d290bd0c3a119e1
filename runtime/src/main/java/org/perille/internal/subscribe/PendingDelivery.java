package org.perille.internal.subscribe;

import org.perille.internal.failure.FailureEvent;
import org.perille.internal.log.LogEntry;

/**
 * A message that a worker has to get handled.
 *
 * <p><b>Threading</b>: handed from the worker to the pool and its handlers and back, one at a time.
 */
final class PendingDelivery {
  /**
   * What is known of earlier attempts.
   *
   * @param attempts that are recorded
   * @param tried whether there may have been one
   * @param redriven whether the message was a dead letter
   * @param exhausted whether it was interrupted so often that the handler isn't called any more
   */
  record Past(int attempts, boolean tried, boolean redriven, boolean exhausted) {
    static final Past NONE = new Past(0, false, false, false);
    static final Past UNKNOWN = new Past(0, true, false, false);

    /** Returns whether the message comes back from where it was deferred. */
    @SuppressWarnings("ReferenceEquality") // what else looks the same comes from there
    boolean wasDeferred() {
      return this != NONE && this != UNKNOWN;
    }
  }

  private final LogEntry entry;
  private final String group;
  private final long sequenceNumber;
  private final Past past;
  private boolean alone;
  private boolean entered;

  /**
   * A message that is to be handled.
   *
   * @param group what is handled one after the other
   * @param sequenceNumber a journal sequence number at or before the event that holds the message
   */
  PendingDelivery(LogEntry entry, String group, long sequenceNumber, Past past) {
    this.entry = entry;
    this.group = group;
    this.sequenceNumber = sequenceNumber;
    this.past = past;
  }

  LogEntry entry() {
    return entry;
  }

  String group() {
    return group;
  }

  /** A journal sequence number at or before the event that holds the message. */
  long sequenceNumber() {
    return sequenceNumber;
  }

  /** Returns where the message is. */
  FailureEvent.Position position() {
    return new FailureEvent.Position(group, entry.offset(), sequenceNumber);
  }

  String key() {
    return entry.message().key();
  }

  Past past() {
    return past;
  }

  /** The number of the attempt that is to be made, from 1. */
  int attempt() {
    return past.attempts + 1;
  }

  /** Returns whether there may have been an attempt before. */
  boolean redelivered() {
    return past.tried || entered;
  }

  /** Returns whether it must not be handled together with others. */
  boolean alone() {
    return alone;
  }

  void beAlone() {
    alone = true;
  }

  /** A handler is about to get it. */
  void enter() {
    entered = true;
  }

  boolean entered() {
    return entered;
  }

  @Override
  public String toString() {
    return entry.offset() + " of " + group;
  }
}
