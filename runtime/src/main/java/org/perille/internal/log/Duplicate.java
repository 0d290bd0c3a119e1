package org.perille.internal.log;

/**
 * A message of a batch that had been stored before.
 *
 * @param index its position in the batch as it was published
 * @param offset where it stands since it was stored first
 */
public record Duplicate(int index, long offset) {}
