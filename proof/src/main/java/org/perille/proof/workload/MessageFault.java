package org.perille.proof.workload;

import java.util.Arrays;
import java.util.Optional;

/** A property that makes a message hard to publish or to handle. The message's value names it. */
public enum MessageFault {
  NONE,
  THROWS,
  SLOW,
  LATE,
  HANGS,
  POISONED,
  UNDECODABLE,
  OVERSIZED;

  private static final char SEPARATOR = '/';

  static MessageFault of(Item.Mood mood) {
    return mood == Item.Mood.NORMAL ? NONE : valueOf(mood.name());
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
