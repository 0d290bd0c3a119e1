package org.perille.internal.log;

/**
 * A message of a batch that was stored before.
 *
 * @param index its position in the batch as it was published
 * @param offset the offset at which it was stored first
 */
public record Duplicate(int index, long offset) {}
