package org.perille.spi;

import java.util.Objects;
import java.util.Set;

/**
 * The place where a transactional handler stores the cursors of a subscription.
 *
 * @param description the store and the table, without secrets; at most 2,000 characters, and empty
 *     if unknown
 * @param partitions the partitions of the subscription that have a cursor there
 */
public record CursorPlace(String description, Set<Integer> partitions) {
  /** The place of a handler that doesn't report one. */
  public static final CursorPlace UNKNOWN = new CursorPlace("", Set.of());

  public CursorPlace {
    Objects.requireNonNull(description, "description");
    partitions = Set.copyOf(partitions);
  }

  /** Returns whether the handler reports the place. */
  public boolean isKnown() {
    return !description.isEmpty();
  }
}
