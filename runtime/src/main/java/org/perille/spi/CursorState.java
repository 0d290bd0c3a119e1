package org.perille.spi;

import java.util.Objects;

/**
 * What a subscription has finished in a partition, in the form that a transactional handler stores.
 *
 * @param nextOffset the lowest offset that isn't finished; everything below is
 * @param encoded the cursor, opaque to who stores it; at most 64 KiB of ASCII characters
 * @param apart a further part of it, opaque too, and empty as a rule: ASCII characters, of any
 *     number. It changes only with a reset, when it is another object; who stores it should write
 *     it only then
 */
public record CursorState(long nextOffset, String encoded, String apart) {
  public CursorState {
    Objects.requireNonNull(encoded, "encoded");
    Objects.requireNonNull(apart, "apart");
  }

  /** A state without a further part. */
  public CursorState(long nextOffset, String encoded) {
    this(nextOffset, encoded, "");
  }
}
