package org.perille.testkit.history;

import java.util.ArrayList;
import java.util.List;

/** The course of a key of a partition in a subscription, in order of time. */
final class KeyCourse {
  final KeyLine line;
  final List<Attempt> attempts = new ArrayList<>(4);
  final List<Operation.EffectFound> effects = new ArrayList<>(0);

  /** True if a wrong order of it is reported. */
  boolean isFlagged;

  KeyCourse(KeyLine line) {
    this.line = line;
  }
}
