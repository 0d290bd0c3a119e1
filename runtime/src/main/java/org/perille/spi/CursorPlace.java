package org.perille.spi;

import java.util.Objects;
import java.util.Set;

/**
 * The place where a transactional handler stores the cursors of a subscription.
 *
 * @param description the store and the table, without secrets; at most 2,000 characters, and empty
 *     if it isn't known
 * @param partitions the partitions of the subscription that have a cursor there
 */
public record CursorPlace(String description, Set<Integer> partitions) {
  /** A place that the handler doesn't tell. */
  public static final CursorPlace UNKNOWN = new CursorPlace("", Set.of());

  public CursorPlace {
    Objects.requireNonNull(description, "description");
    partitions = Set.copyOf(partitions);
  }

  /** Whether the handler tells it. */
  public boolean isKnown() {
    return !description.isEmpty();
  }
}
