package org.perille;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A page of the dead letters of a subscription; see {@link DeadLetters#page}.
 *
 * <p><b>Threading</b>: immutable.
 *
 * @param letters the dead letters, by partition and offset
 * @param next the position of the next page; empty if this is the last one
 */
public record DeadLetterPage(List<DeadLetter> letters, Optional<Position> next) {
  /** The maximum number of dead letters of a page. */
  public static final int MAX_LENGTH = 10_000;

  public DeadLetterPage {
    letters = List.copyOf(letters);
    Objects.requireNonNull(next, "next");
  }

  /**
   * A position in the dead letters of a subscription. It stays valid while dead letters are added
   * and removed.
   *
   * @param partition the partition, from 0
   * @param offset the lowest offset in the partition, from 0
   */
  public record Position(int partition, long offset) {
    /** The position of the first page. */
    public static final Position FIRST = new Position(0, 0);

    public Position {
      if (partition < 0 || offset < 0) {
        throw new IllegalArgumentException(
            "partition %d, offset %d is not a position: use 0 or more"
                .formatted(partition, offset));
      }
    }
  }
}
