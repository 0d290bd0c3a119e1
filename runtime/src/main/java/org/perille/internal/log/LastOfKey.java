package org.perille.internal.log;

import java.util.OptionalLong;

/**
 * The last message of a key below a limit, as it was read from the log. It never changes, because
 * the log only grows.
 *
 * @param offset the offset of the message; empty if the key has none there
 * @param below the limit: later offsets were not read
 */
public record LastOfKey(OptionalLong offset, long below) {
  public LastOfKey {
    if (offset.isPresent() && offset.getAsLong() >= below) {
      throw new IllegalArgumentException(
          "offset %d isn't below %d".formatted(offset.getAsLong(), below));
    }
  }
}
