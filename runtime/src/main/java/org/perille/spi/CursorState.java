package org.perille.spi;

import java.util.Objects;

/**
 * What a subscription has finished in a partition, in the form that a transactional handler stores.
 *
 * @param nextOffset the lowest offset that isn't finished; everything below is
 * @param encoded the whole cursor, opaque to who stores it; at most 64 KiB of ASCII characters
 */
public record CursorState(long nextOffset, String encoded) {
  public CursorState {
    Objects.requireNonNull(encoded, "encoded");
  }
}
