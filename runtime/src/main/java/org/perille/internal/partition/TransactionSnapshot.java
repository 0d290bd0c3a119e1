package org.perille.internal.partition;

import java.util.List;
import org.perille.internal.PerilleSerializable;
import org.perille.internal.log.LogMessage;
import org.perille.internal.log.ReplacesEvents;
import org.perille.internal.log.StoredTransaction;

/**
 * The state of a log of transactions at a sequence number. Immutable.
 *
 * @param unfinished the transactions whose messages aren't known to be stored, in the order of
 *     their offsets
 * @param finished the other ones whose ids are in the dedup window, in the order of their offsets
 */
public record TransactionSnapshot(
    PartitionSnapshot log, List<Unfinished> unfinished, List<StoredTransaction> finished)
    implements ReplacesEvents, PerilleSerializable {

  /**
   * A transaction at its offset.
   *
   * @param ageMillis the age of the log's clock at the commit
   */
  public record Unfinished(long offset, long ageMillis, LogMessage message) {}
}
