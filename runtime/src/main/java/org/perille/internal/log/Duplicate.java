package org.perille.internal.log;

/**
 * A message of a batch that was stored before.
 *
 * @param index its position in the batch as it was published
 * @param offset the offset at which it was stored first
 * @param republished true if it has an id of its own, and was stored for its relay and not for
 *     another publish of that id. To its publisher it is no duplicate
 */
public record Duplicate(int index, long offset, boolean republished) {
  /** Creates the duplicate of another publish. */
  public Duplicate(int index, long offset) {
    this(index, offset, false);
  }
}
