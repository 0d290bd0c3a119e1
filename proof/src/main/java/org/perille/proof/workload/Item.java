package org.perille.proof.workload;

import java.util.Objects;

/**
 * A message: a unique value, and its effect on handlers.
 *
 * @param padding fills the message up to its size; see {@link Padding}
 */
public record Item(String key, String value, Mood mood, String padding) {

  /** The effect of a message on its handlers. */
  public enum Mood {
    NORMAL,
    /** The first attempts throw. */
    THROWS,
    /** An attempt takes a while, but less than the deadline. */
    SLOW,
    /** The first attempt succeeds after the deadline. */
    LATE,
    /** The first attempt hangs for much longer than the deadline. */
    HANGS,
    /** Every attempt throws. */
    POISONED,
    /** Only nodes that must read everything can decode the message. */
    UNDECODABLE,
    /** The first attempts throw what {@link HandlerError} names. */
    STACK_OVERFLOW,
    OUT_OF_MEMORY,
    LINKAGE_ERROR,
    THREAD_DEATH,
    ASSERTION_ERROR,
    INTERRUPTED,
    UNREADABLE,
    CYCLIC_CAUSE,
    PREDICATE_THROWS,
    /** Every attempt succeeds and leaves its thread interrupted. */
    INTERRUPT_FLAG,
    /** {@code apply} throws at its first call on each node. */
    APPLY_THROWS,
    /** Every attempt throws an error. */
    POISONED_BY_ERROR,
    /** As undecodable, with an error. */
    UNDECODABLE_BY_ERROR,
    /** The payload has no bytes; everything is in the manifest. */
    EMPTY_PAYLOAD,
    /** The key function throws. */
    KEY_THROWS
  }

  public Item {
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
    Objects.requireNonNull(mood, "mood");
    Objects.requireNonNull(padding, "padding");
  }

  static Item of(String key, String value, Mood mood) {
    return new Item(key, value, mood, "");
  }
}
