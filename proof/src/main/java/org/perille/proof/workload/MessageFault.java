package org.perille.proof.workload;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.perille.PublishRefusedException.Reason;

/** A property that makes a message hard to publish or to handle. The message's value names it. */
public enum MessageFault {
  NONE,
  THROWS,
  SLOW,
  LATE,
  HANGS,
  POISONED,
  UNDECODABLE,
  STACK_OVERFLOW,
  OUT_OF_MEMORY,
  LINKAGE_ERROR,
  THREAD_DEATH,
  ASSERTION_ERROR,
  INTERRUPTED,
  UNREADABLE,
  CYCLIC_CAUSE,
  PREDICATE_THROWS,
  INTERRUPT_FLAG,
  APPLY_THROWS,
  POISONED_BY_ERROR,
  UNDECODABLE_BY_ERROR,
  EMPTY_PAYLOAD,
  /** Its payload has bytes of every value. */
  BINARY,
  /** It is exactly as large as a message may be. */
  MAXIMAL,
  /** It is larger by a byte. */
  BEYOND_MAXIMUM(Reason.TOO_LARGE),
  OVERSIZED(Reason.TOO_LARGE),
  KEY_EMPTY(Reason.INVALID_KEY),
  KEY_TOO_LONG(Reason.INVALID_KEY),
  KEY_WITH_NUL(Reason.INVALID_KEY),
  KEY_WITH_HALF_PAIR(Reason.INVALID_KEY),
  KEY_THROWS(Reason.INVALID_KEY),
  ID_WITH_NUL(Reason.INVALID_ID),
  ID_WITH_HALF_PAIR(Reason.INVALID_ID),
  HEADER_WITH_NUL(Reason.INVALID_HEADER),
  HEADER_WITH_HALF_PAIR(Reason.INVALID_HEADER);

  private static final char SEPARATOR = '/';

  /** The reasons for a refusal that depend on the message alone. */
  private static final Set<Reason> OF_MESSAGES =
      EnumSet.of(
          Reason.TOO_LARGE,
          Reason.UNSERIALIZABLE,
          Reason.INVALID_KEY,
          Reason.INVALID_ID,
          Reason.INVALID_HEADER,
          Reason.DELAY_TOO_LONG);

  private final Optional<Reason> refusedFor;

  MessageFault() {
    this.refusedFor = Optional.empty();
  }

  MessageFault(Reason refusedFor) {
    this.refusedFor = Optional.of(refusedFor);
  }

  /** Returns the mood of a message. */
  Item.Mood mood() {
    return Arrays.stream(Item.Mood.values())
        .filter(mood -> mood.name().equals(name()))
        .findFirst()
        .orElse(Item.Mood.NORMAL);
  }

  /** Returns whether the message must be refused. */
  boolean isRefused() {
    return refusedFor.isPresent();
  }

  /** Returns whether the message must have an id. */
  boolean isAboutId() {
    return this == ID_WITH_NUL || this == ID_WITH_HALF_PAIR;
  }

  /** Returns whether a message may be refused for a reason. */
  boolean mayBeRefused(Reason reason) {
    // The first message of a class is read back, which is impossible if it is undecodable.
    boolean unreadable =
        (this == UNDECODABLE || this == UNDECODABLE_BY_ERROR) && reason == Reason.UNSERIALIZABLE;
    return unreadable
        || refusedFor.filter(reason::equals).isPresent()
        || !OF_MESSAGES.contains(reason);
  }

  /** Returns a value that names this property. */
  String name(String value) {
    return this == NONE ? value : value + SEPARATOR + name();
  }

  /** Returns the property that a value names. */
  static MessageFault told(String value) {
    Optional<MessageFault> told =
        Arrays.stream(values())
            .filter(burden -> value.endsWith(SEPARATOR + burden.name()))
            .findFirst();
    return told.orElse(NONE);
  }
}
