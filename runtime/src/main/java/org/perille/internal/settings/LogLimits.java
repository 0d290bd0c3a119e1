package org.perille.internal.settings;

import java.time.Duration;
import org.perille.internal.log.PartitionClock;

/**
 * The limits of a partition's memory.
 *
 * @param dedupWindow the time for which a message id is deduplicated
 * @param dedupMaxIds the limit of message ids
 * @param maxPublishers the limit of publishers
 * @param maxKnownKeys the limit of keys whose last offsets are known
 * @param maxStepMillis the largest step forward of the owner's clock that isn't doubtful
 */
public record LogLimits(
    Duration dedupWindow,
    int dedupMaxIds,
    int maxPublishers,
    int maxKnownKeys,
    long maxStepMillis) {
  /**
   * The limit of publishers. Each start of a node is one, and takes about 300 bytes.
   *
   * <p>A publisher is forgotten when this many others have published here since its last batch.
   * While its batch is in flight, this means several restarts of every node of any cluster.
   */
  private static final int MAX_PUBLISHERS = 2_000;

  private static final int MAX_KNOWN_KEYS = 10_000;

  /** The part of the window: one hour for a window of a day. */
  private static final int PERSISTED_PARTS = 24;

  /** Creates limits with the default step of the clock, and the default limit of known keys. */
  public LogLimits(Duration dedupWindow, int dedupMaxIds, int maxPublishers) {
    this(
        dedupWindow,
        dedupMaxIds,
        maxPublishers,
        MAX_KNOWN_KEYS,
        PartitionClock.MAX_STEP.toMillis());
  }

  /** Creates limits with the default limit of publishers and the default step of the clock. */
  public LogLimits(Duration dedupWindow, int dedupMaxIds) {
    this(dedupWindow, dedupMaxIds, MAX_PUBLISHERS);
  }

  /** Returns the same limits with another limit of keys whose last offsets are known. */
  public LogLimits withMaxKnownKeys(int keys) {
    return new LogLimits(dedupWindow, dedupMaxIds, maxPublishers, keys, maxStepMillis);
  }

  /** Returns the same limits for owners whose clock is never doubted. */
  public LogLimits withExactClock() {
    return new LogLimits(dedupWindow, dedupMaxIds, maxPublishers, maxKnownKeys, Long.MAX_VALUE);
  }

  /** Returns the time for which doubtful time must persist until it counts. */
  public long persistMillis() {
    return dedupWindow.toMillis() / PERSISTED_PARTS;
  }
}
