package org.perille.internal.failure;

import java.util.List;
import java.util.Optional;
import org.perille.DeadLetter;
import org.perille.OnExhausted;

/**
 * Something that happened to messages that can't be handled in their turn. A message's unit is what
 * is handled one after the other: its key, or the message itself where there is no order.
 */
public sealed interface Change {

  /** Where a message is. */
  record Place(String unit, long offset, long sequenceNumber) {}

  /** What an attempt failed of. */
  record Cause(DeadLetter.Failure failure, String error, String message) {
    public static final Cause NONE = new Cause(DeadLetter.Failure.HANDLER, "", "");
  }

  /**
   * A message waits, behind others of its unit or for its time.
   *
   * @param tried whether an attempt may have been made that left nothing behind
   */
  record PutAside(Place place, long dueMillis, boolean tried) implements Change {}

  /** An attempt is about to be made at each of these, in order. */
  record Begun(String unit, List<Long> offsets) implements Change {
    public Begun {
      offsets = List.copyOf(offsets);
    }
  }

  /** What was begun of a unit was not tried after all, or left nothing behind. */
  record Withdrawn(String unit) implements Change {}

  /**
   * An attempt has failed and left nothing behind, and there will be another one. Nothing else of
   * its unit is under way then.
   */
  record Failed(Place place, Cause cause, long atMillis, long dueMillis) implements Change {}

  /**
   * An attempt may have been interrupted, and what it left behind isn't known; there will be
   * another one.
   *
   * @param counted whether it was the unit's turn, so that the attempt counts
   */
  record Interrupted(Place place, boolean counted, long atMillis, long dueMillis)
      implements Change {}

  /** A message that had been put aside is done. */
  record Resolved(String unit, long offset) implements Change {}

  /**
   * A message is a dead letter from now on. Nothing else of its unit is under way then.
   *
   * @param attempts in all
   */
  record GivenUp(
      Place place,
      DeadLetter.Reason reason,
      Cause cause,
      int attempts,
      long firstFailureMillis,
      long lastFailureMillis,
      OnExhausted consequence)
      implements Change {}

  /** The message of a dead letter was published to the topic for them. */
  record Forwarded(long offset) implements Change {}

  /** These dead letters are to be handled again. */
  record Redriven(String order, List<Long> offsets, long dueMillis) implements Change {
    public Redriven {
      offsets = List.copyOf(offsets);
    }
  }

  /** These dead letters were let go of. */
  record Discarded(String order, List<Long> offsets, String reason) implements Change {
    public Discarded {
      offsets = List.copyOf(offsets);
    }
  }

  /** Nothing is to be begun, for this reason; or everything may go on. */
  record Paused(Optional<String> reason) implements Change {}

  /** No message at or above this offset was handed to a handler; those below may be from now on. */
  record Reserved(long below) implements Change {}

  /**
   * Messages below this offset that a predecessor may have handed to a handler are handed to one
   * again from now on.
   */
  record SuspectsBegun(long below) implements Change {}

  /** The worker ends in good order: what isn't finished below this offset was not tried. */
  record Settled(long below) implements Change {}

  /**
   * The subscription was reset: what was put aside is void, and so are dead letters from here on.
   */
  record GenerationBegun(long number, long start) implements Change {}
}
