package org.perille.internal.log;

import java.util.List;

/**
 * A transaction whose messages are all stored.
 *
 * @param offset its offset in its log
 * @param fingerprint the {@linkplain TransactionMessage#fingerprint fingerprint}, by which another
 *     transaction under its id is recognised
 * @param offsets the offset of each message, in the order of the transaction
 * @param duplicates the indexes of messages that were stored before under their own ids
 */
public record StoredTransaction(
    long offset, long fingerprint, List<Long> offsets, List<Integer> duplicates) {
  public StoredTransaction {
    offsets = List.copyOf(offsets);
    duplicates = List.copyOf(duplicates);
  }
}
