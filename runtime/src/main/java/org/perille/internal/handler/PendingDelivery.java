package org.perille.internal.handler;

import org.perille.internal.failure.FailureEvent;
import org.perille.internal.log.LogEntry;

/**
 * A message that a worker has to deliver to the handler.
 *
 * <p><b>Threading</b>: passed from the worker to the pool and its handlers and back; used by one of
 * them at a time.
 */
public final class PendingDelivery {
  /**
   * The known history of earlier attempts.
   *
   * @param attempts the number of recorded attempts
   * @param tried whether there may have been an attempt
   * @param redriven whether the message was a dead letter
   * @param exhausted whether it was interrupted too often, so that the handler isn't called any
   *     more
   */
  public record Past(int attempts, boolean tried, boolean redriven, boolean exhausted) {
    public static final Past NONE = new Past(0, false, false, false);
    public static final Past UNKNOWN = new Past(0, true, false, false);

    /** Returns whether the message was deferred. */
    @SuppressWarnings("ReferenceEquality") // what else looks the same comes from there
    public boolean wasDeferred() {
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
   * Creates a message that has to be delivered.
   *
   * @param group its ordering group
   * @param sequenceNumber a journal sequence number at or before the event that holds the message
   */
  public PendingDelivery(LogEntry entry, String group, long sequenceNumber, Past past) {
    this.entry = entry;
    this.group = group;
    this.sequenceNumber = sequenceNumber;
    this.past = past;
  }

  public LogEntry entry() {
    return entry;
  }

  public String group() {
    return group;
  }

  /** Returns a journal sequence number at or before the event that holds the message. */
  long sequenceNumber() {
    return sequenceNumber;
  }

  /** Returns the position of the message. */
  public FailureEvent.Position position() {
    return new FailureEvent.Position(group, entry.offset(), sequenceNumber);
  }

  public String key() {
    return entry.message().key();
  }

  public Past past() {
    return past;
  }

  /** Returns the number of the next attempt, from 1. */
  public int attempt() {
    return past.attempts + 1;
  }

  /** Returns whether there may have been an attempt before. */
  public boolean redelivered() {
    return past.tried || entered;
  }

  /** Returns whether it must not be handled together with other messages. */
  public boolean alone() {
    return alone;
  }

  public void beAlone() {
    alone = true;
  }

  /** Notes that a handler is about to receive the message. */
  void enter() {
    entered = true;
  }

  public boolean entered() {
    return entered;
  }

  @Override
  public String toString() {
    return entry.offset() + " of " + group;
  }
}
