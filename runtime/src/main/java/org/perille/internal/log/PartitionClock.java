package org.perille.internal.log;

import java.time.Duration;

/**
 * The time that has passed for a partition, by the clocks of its owners. Immutable.
 *
 * <p>Any of these clocks may be wrong by days, or be corrected.
 *
 * <p>Two readings within {@link #MAX_STEP} count by their difference, because the owner reads its
 * clock far more often than that. Any other difference is doubtful: the partition was down
 * meanwhile, has moved to a node with another clock, or a clock was set. Doubtful time accumulates,
 * and a doubtful step forward that is taken back cancels out. Doubtful time counts when it has
 * persisted for a while. A doubtful step backward never counts: time doesn't go back, and the
 * correction of a late clock must not count as elapsed time.
 *
 * @param ageMillis the elapsed time since some moment; never decreases
 * @param clockMillis the latest reading, since the epoch; 0 before the first one
 * @param doubtMillis the time that may have elapsed in addition; negative if the clock was set back
 * @param doubtedAtMillis the age at the latest doubt
 */
public record PartitionClock(
    long ageMillis, long clockMillis, long doubtMillis, long doubtedAtMillis) {

  /** Twice the time between two readings on a node under high load. */
  public static final Duration MAX_STEP = Duration.ofMinutes(2);

  /** A clock without a reading. */
  public static final PartitionClock NEW = new PartitionClock(0, 0, 0, 0);

  /** Returns a clock with one reading, in milliseconds since the epoch. */
  public static PartitionClock at(long millis) {
    return new PartitionClock(millis, millis, 0, 0);
  }

  /**
   * Returns the clock after another reading.
   *
   * @param nowMillis the time of the owner's clock
   * @param persistMillis the time that doubtful time must persist until it counts
   * @param maxStepMillis the largest step forward that isn't doubtful, usually {@link #MAX_STEP}
   */
  public PartitionClock read(long nowMillis, long persistMillis, long maxStepMillis) {
    if (clockMillis == 0) {
      return new PartitionClock(ageMillis, nowMillis, doubtMillis, doubtedAtMillis);
    }
    long step = nowMillis - clockMillis;
    if (step < 0 || step > maxStepMillis) {
      return new PartitionClock(ageMillis, nowMillis, doubtMillis + step, ageMillis);
    }
    long age = ageMillis + step;
    boolean persisted = doubtMillis > 0 && age - doubtedAtMillis >= persistMillis;
    return persisted
        ? new PartitionClock(age + doubtMillis, nowMillis, 0, 0)
        : new PartitionClock(age, nowMillis, doubtMillis, doubtedAtMillis);
  }
}
