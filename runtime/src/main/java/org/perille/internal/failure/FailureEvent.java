package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.OnExhausted;

/**
 * An event of the failure log: what happened to messages that can't be handled in order.
 *
 * <p>The ordering group of a message is its key. Where there is no order, each message is an
 * ordering group of its own.
 */
public sealed interface FailureEvent {

  /**
   * The position of a message: its ordering group, its offset, and its place in the journal.
   *
   * @param sequenceNumber a journal sequence number at or before the event that holds the message
   */
  record Position(String group, long offset, long sequenceNumber) {}

  /**
   * The cause of a failed attempt.
   *
   * @param failure the kind of failure
   * @param error the class of the exception; may be empty
   * @param message the exception's message, shortened; may be empty
   */
  record Cause(DeadLetter.Failure failure, String error, String message) {
    public static final Cause NONE = new Cause(DeadLetter.Failure.HANDLER, "", "");

    /** Returns the class of the exception, if there was one. */
    public Optional<String> errorClass() {
      return Optional.of(error).filter(name -> !name.isEmpty());
    }

    /** Returns the exception's message, if it had one. */
    public Optional<String> errorMessage() {
      return Optional.of(message).filter(text -> !text.isEmpty());
    }
  }

  /** A message is deferred: it waits behind others of its ordering group, or for its due time. */
  record Deferred(Position position, long dueMillis, boolean tried) implements FailureEvent {}

  /** The worker is about to attempt these messages of an ordering group, in order. */
  record Begun(String group, List<Long> offsets) implements FailureEvent {
    public Begun {
      offsets = List.copyOf(offsets);
    }
  }

  /** The attempts that were begun in an ordering group didn't happen, or left nothing behind. */
  record Withdrawn(String group) implements FailureEvent {}

  /**
   * An attempt failed and left nothing behind; the worker will retry the message. At this point no
   * other message of its ordering group is under way.
   */
  record Failed(Position position, Cause cause, long atMillis, long dueMillis)
      implements FailureEvent {}

  /**
   * An attempt may have been interrupted with unknown outcome; the worker will retry the message.
   *
   * @param counted whether the message was at the head of its ordering group, so that the attempt
   *     counts
   * @param atMillis time at which a worker computed the due time by its clock; 0 if the due time
   *     doesn't depend on a worker's clock
   */
  record Interrupted(Position position, boolean counted, long atMillis, long dueMillis)
      implements FailureEvent {}

  /** A deferred message is done. */
  record Resolved(String group, long offset) implements FailureEvent {}

  /**
   * The worker gave a message up; it is a dead letter from now on. At this point no other message
   * of its ordering group is under way.
   *
   * @param attempts all attempts that were made
   * @param consequence of the dead letter for the messages behind it
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

  /** The message of a dead letter was published to the dead-letter topic. */
  record Forwarded(long offset) implements FailureEvent {}

  /** An operator redrove these dead letters; the worker handles them again, at once. */
  record Redriven(String requestId, List<Long> offsets, long atMillis) implements FailureEvent {
    public Redriven {
      offsets = List.copyOf(offsets);
    }
  }

  /** An operator discarded these dead letters. */
  record Discarded(String requestId, List<Long> offsets, String reason) implements FailureEvent {
    public Discarded {
      offsets = List.copyOf(offsets);
    }
  }

  /** An operator paused the partition for this reason, or resumed it if there is none. */
  record Paused(Optional<String> reason) implements FailureEvent {}

  /**
   * The attempt high watermark: no message at or above this offset was handed to a handler.
   * Messages below it may be from now on.
   */
  record AttemptHighWatermark(long below) implements FailureEvent {}

  /**
   * The worker hands messages below this offset to a handler again, although a predecessor may have
   * attempted them.
   */
  record PossiblyAttemptedBegun(long below) implements FailureEvent {}

  /** The worker stopped in good order: no unfinished message below this offset was attempted. */
  record Settled(long below) implements FailureEvent {}

  /**
   * A reset began a new generation. Deferred messages are void, and so are dead letters at or above
   * its start.
   */
  record GenerationBegun(long number, long start) implements FailureEvent {}
}
