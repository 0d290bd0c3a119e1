package org.perille.spi;

import java.util.Objects;
import java.util.Set;

/**
 * The place where a transactional handler stores the cursors of a subscription.
 *
 * @param description the store and the table, without secrets: 1 to 2,000 characters
 * @param partitions the partitions of the subscription that have a cursor there
 */
public record CursorPlace(String description, Set<Integer> partitions) {
  /** The maximum length of a description in characters. The registry stores it. */
  public static final int MAX_LENGTH = 2000;

  public CursorPlace {
    Objects.requireNonNull(description, "description");
    if (description.isEmpty() || description.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "the description of a cursor place can't have %d characters: use 1 to %d"
              .formatted(description.length(), MAX_LENGTH));
    }
    partitions = Set.copyOf(partitions);
  }
}
