package org.perille.internal.log;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The condition of a message: it is stored only if this is the last offset of its key.
 *
 * @param expected the offset; empty if the key must have no message
 * @param read the last message of the key that the publisher has read from the log, after the
 *     partition did not know it
 */
public record LogCondition(OptionalLong expected, Optional<LastOfKey> read) {
  /** Creates the condition of a message that wasn't sent before. */
  public LogCondition(OptionalLong expected) {
    this(expected, Optional.empty());
  }

  /** Returns the same condition, with what the publisher has read. */
  public LogCondition with(LastOfKey last) {
    return new LogCondition(expected, Optional.of(last));
  }
}
