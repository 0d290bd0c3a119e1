package org.perille.internal.partition;

import java.util.concurrent.TimeUnit;
import org.perille.internal.log.PartitionId;
import org.perille.internal.settings.LogLimits;
import org.slf4j.Logger;

/** Warns, at most once a minute, of message ids that were forgotten inside the dedup window. */
final class EarlyEvictions {
  private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final Logger logger;
  private final PartitionId id;
  private final LogLimits limits;
  private long reported;
  private long reportedAtNanos;

  EarlyEvictions(Logger logger, PartitionId id, LogLimits limits) {
    this.logger = logger;
    this.id = id;
    this.limits = limits;
  }

  /** Warns of the ids that were forgotten since the last warning, if there are any. */
  void warn(PartitionLog log) {
    long evicted = log.idsEvictedEarly();
    if (evicted == reported) {
      return;
    }
    long now = System.nanoTime();
    if (reported > 0 && now - reportedAtNanos <= INTERVAL_NANOS) {
      return;
    }
    logger.warn(
        "Partition {} forgot {} message ids inside the dedup window of {}, because more than {}"
            + " arrived: a message published again under one of them is stored twice. The window is"
            + " {} at this rate. Raise perille.partition.dedup-max-ids, or lower"
            + " perille.partition.dedup-window",
        id,
        evicted - reported,
        limits.dedupWindow(),
        limits.dedupMaxIds(),
        log.effectiveWindow());
    reported = evicted;
    reportedAtNanos = now;
  }
}
