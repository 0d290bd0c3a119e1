package org.perille.proof.workload;

import java.util.Objects;

/**
 * A message: a unique value, and its effect on handlers.
 *
 * @param padding fills the message up to its size
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
    UNDECODABLE
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
