package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.OnExhausted;

/**
 * Something that happened to messages that can't be handled in order. A message's ordering group is
 * what is handled one after the other: its key, or the message itself where there is no order.
 */
public sealed interface FailureEvent {

  /** Where a message is. */
  record Position(String group, long offset, long sequenceNumber) {}

  /** What an attempt failed of. */
  record Cause(DeadLetter.Failure failure, String error, String message) {
    public static final Cause NONE = new Cause(DeadLetter.Failure.HANDLER, "", "");
  }

  /**
   * A message waits, behind others of its ordering group or for its time.
   *
   * @param tried whether an attempt may have been made that left nothing behind
   */
  record Deferred(Position position, long dueMillis, boolean tried) implements FailureEvent {}

  /** An attempt is about to be made at each of these, in order. */
  record Begun(String group, List<Long> offsets) implements FailureEvent {
    public Begun {
      offsets = List.copyOf(offsets);
    }
  }

  /** What was begun of an ordering group was not tried after all, or left nothing behind. */
  record Withdrawn(String group) implements FailureEvent {}

  /**
   * An attempt has failed and left nothing behind, and there will be another one. Nothing else of
   * its ordering group is under way then.
   */
  record Failed(Position position, Cause cause, long atMillis, long dueMillis)
      implements FailureEvent {}

  /**
   * An attempt may have been interrupted, and what it left behind isn't known; there will be
   * another one.
   *
   * @param counted whether it was the ordering group's turn, so that the attempt counts
   */
  record Interrupted(Position position, boolean counted, long atMillis, long dueMillis)
      implements FailureEvent {}

  /** A message that had been deferred is done. */
  record Resolved(String group, long offset) implements FailureEvent {}

  /**
   * A message is a dead letter from now on. Nothing else of its ordering group is under way then.
   *
   * @param attempts in all
   */
  record GivenUp(
      Position position,
      DeadLetter.Reason reason,
      Cause cause,
      int attempts,
      long firstFailureMillis,
      long lastFailureMillis,
      OnExhausted consequence)
      implements FailureEvent {}

  /** The message of a dead letter was published to the topic for them. */
  record Forwarded(long offset) implements FailureEvent {}

  /** These dead letters are to be handled again. */
  record Redriven(String requestId, List<Long> offsets, long dueMillis) implements FailureEvent {
    public Redriven {
      offsets = List.copyOf(offsets);
    }
  }

  /** These dead letters were discarded. */
  record Discarded(String requestId, List<Long> offsets, String reason) implements FailureEvent {
    public Discarded {
      offsets = List.copyOf(offsets);
    }
  }

  /** Nothing is to be begun, for this reason; or everything may go on. */
  record Paused(Optional<String> reason) implements FailureEvent {}

  /** No message at or above this offset was handed to a handler; those below may be from now on. */
  record AttemptHighWatermark(long below) implements FailureEvent {}

  /**
   * Messages below this offset that a predecessor may have handed to a handler are handed to one
   * again from now on.
   */
  record PossiblyAttemptedBegun(long below) implements FailureEvent {}

  /** The worker ends in good order: what isn't finished below this offset was not tried. */
  record Settled(long below) implements FailureEvent {}

  /**
   * The subscription was reset: what was deferred is void, and so are dead letters from here on.
   */
  record GenerationBegun(long number, long start) implements FailureEvent {}
}
