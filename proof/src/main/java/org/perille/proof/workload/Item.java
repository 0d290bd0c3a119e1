package org.perille.proof.workload;

import java.util.Objects;

/**
 * What is published: a value that nobody else publishes, and how hard it is to handle.
 *
 * @param padding makes it as large as it should be
 */
public record Item(String key, String value, Mood mood, String padding) {

  /** What a message does to those who handle it. */
  public enum Mood {
    NORMAL,
    /** Its first attempts throw. */
    THROWS,
    /** It takes a while, and no longer than it may. */
    SLOW,
    /** Its first attempt succeeds after its deadline. */
    LATE,
    /** Its first attempt hangs for much longer than its deadline. */
    HANGS,
    /** Every attempt throws. */
    POISONED,
    /** Its bytes can't be read, but by who must read everything. */
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
