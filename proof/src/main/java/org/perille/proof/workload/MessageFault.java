package org.perille.proof.workload;

import java.util.Arrays;
import java.util.Optional;

/** What makes a message hard to publish or to handle; its value tells. */
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

  /** A value that tells. */
  String name(String value) {
    return this == NONE ? value : value + SEPARATOR + name();
  }

  /** What a value tells. */
  static MessageFault told(String value) {
    Optional<MessageFault> told =
        Arrays.stream(values())
            .filter(burden -> value.endsWith(SEPARATOR + burden.name()))
            .findFirst();
    return told.orElse(NONE);
  }
}
