package org.perille.samples.clicks;

import java.util.Optional;

/** What a node says to its launcher, a line each: a word, and what belongs to it. */
enum NodeLine {
  /** So many clicks have receipts. */
  PUBLISHED,
  /** It is where it has to be killed, at this click. */
  CRASH,
  /** What it had to publish is published, and all counters have handled it. */
  HANDLED;

  private static final char SEPARATOR = '\t';

  /** A line that was taken apart. */
  record Said(NodeLine word, String rest) {}

  String with(String rest) {
    return name() + SEPARATOR + rest;
  }

  /** Empty if a library has printed it, or it is the half line of a process that has died. */
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
