package org.perille.samples.clicks;

import java.util.Optional;

/** A line from a node to its launcher: a word and its argument. */
enum NodeLine {
  /** The number of clicks that have receipts. */
  PUBLISHED,
  /** The node has reached the place of its planned crash, at this click. */
  CRASH,
  /** The node's part is published, and all counters have handled it. */
  HANDLED;

  private static final char SEPARATOR = '\t';

  /** A parsed line. */
  record Said(NodeLine word, String rest) {}

  String with(String rest) {
    return name() + SEPARATOR + rest;
  }

  /**
   * Parses a line.
   *
   * @return empty if a library has printed it, or if it is the partial line of a process that has
   *     died
   */
  static Optional<Said> parse(String line) {
    for (NodeLine word : values()) {
      String begin = word.with("");
      if (line.startsWith(begin)) {
        return Optional.of(new Said(word, line.substring(begin.length())));
      }
    }
    return Optional.empty();
  }
}
