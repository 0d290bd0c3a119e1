package org.perille.internal.log;

import java.util.OptionalLong;

/** The reason why a message with a condition isn't stored. */
public sealed interface ConditionResult {
  /** Returns its position in the batch as it was published. */
  int index();

  /**
   * The condition was not met.
   *
   * @param last the last offset of the key; empty if it has no message
   */
  record Failed(int index, OptionalLong last) implements ConditionResult {}

  /**
   * The partition doesn't know the last offset of the key, but only that it is below a limit. The
   * publisher must read it.
   *
   * @param sequenceNumber a journal sequence number: all messages below the limit are in events up
   *     to it
   */
  record Undecided(int index, long below, long sequenceNumber) implements ConditionResult {}
}
