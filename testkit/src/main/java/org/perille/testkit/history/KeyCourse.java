package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;

/** What a subscription did with a key of a partition, in the order of time. */
final class KeyCourse {
  final KeyLine line;
  final List<Attempt> attempts = new ArrayList<>(4);
  final List<Operation.EffectFound> effects = new ArrayList<>(0);

  /** Whether its order has been found wrong. */
  boolean isFlagged;

  KeyCourse(KeyLine line) {
    this.line = line;
  }
}
