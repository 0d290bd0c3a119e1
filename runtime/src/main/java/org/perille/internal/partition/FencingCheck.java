package org.perille.internal.partition;

import java.time.Duration;
import java.util.function.LongConsumer;
import org.perille.internal.feed.PartitionJournal;

/**
 * The check of an idle owner of a log whether another owner has replaced it.
 *
 * <p>An owner that appends learns this from its journal: the sequence number is taken.
 */
final class FencingCheck {
  private final PartitionJournal journal;
  private final String persistenceId;
  private long checkedAt;

  FencingCheck(PartitionJournal journal, String persistenceId) {
    this.journal = journal;
    this.persistenceId = persistenceId;
  }

  /**
   * Returns the time until the next check. The checks of all logs of a process fall together, so
   * that their reads share statements.
   */
  static Duration untilNext(Duration interval, long nowNanos) {
    return Duration.ofNanos(interval.toNanos() - Math.floorMod(nowNanos, interval.toNanos()));
  }

  /**
   * Reads the journal, if nothing was appended since the last call.
   *
   * @param next the sequence number of the log's next event
   * @param fenced gets that number if another owner has written an event there; called by any
   *     thread
   */
  void check(long next, LongConsumer fenced) {
    if (next == checkedAt) {
      journal
          .readUpTo(persistenceId, next, next)
          .thenAccept(
              found -> {
                if (!found.isEmpty()) {
                  fenced.accept(next);
                }
              });
    }
    checkedAt = next;
  }
}
