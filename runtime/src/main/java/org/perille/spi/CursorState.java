package org.perille.spi;

import java.util.Objects;

/**
 * A subscription's progress in a partition, in the form that a transactional handler stores.
 *
 * @param nextOffset the lowest offset that isn't finished; everything below is
 * @param encoded the cursor, opaque to the store; at most 64 KiB of ASCII characters
 * @param apart a further part of the cursor, opaque too, and usually empty: any number of ASCII
 *     characters. It changes only with a reset, when it is another object. The store should write
 *     it only then
 */
public record CursorState(long nextOffset, String encoded, String apart) {
  public CursorState {
    Objects.requireNonNull(encoded, "encoded");
    Objects.requireNonNull(apart, "apart");
  }

  /** Creates a state without a further part. */
  public CursorState(long nextOffset, String encoded) {
    this(nextOffset, encoded, "");
  }
}
