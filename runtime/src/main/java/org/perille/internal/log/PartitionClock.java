package org.perille.internal.log;

import java.time.Duration;

/**
 * How much time has passed for a partition, by the clocks of its owners, any of which may be wrong
 * by days, or be put right. Immutable.
 *
 * <p>Two readings that follow one another within {@link #MAX_STEP} count by their difference: the
 * owner reads its clock far more often than that. Any other difference is doubtful: the partition
 * was down meanwhile, or has moved to a node with another clock, or a clock was set. Doubtful time
 * adds up, and what was doubtful forwards and is taken back cancels out. It counts when it has
 * persisted for a while. What was doubtful backwards never counts: time doesn't go back, and a
 * clock that is put right after it was late must not count as time that has passed.
 *
 * @param ageMillis the time that has passed since some moment; never goes back
 * @param clockMillis the latest reading, since the epoch; 0 before the first one
 * @param doubtMillis the time that may have passed besides; negative if the clock was set back
 * @param doubtedAtMillis the age when there was the latest doubt
 */
public record PartitionClock(
    long ageMillis, long clockMillis, long doubtMillis, long doubtedAtMillis) {

  /** Twice what lies between two readings, on a node that has much to do. */
  public static final Duration MAX_STEP = Duration.ofMinutes(2);

  private static final long MAX_STEP_MILLIS = MAX_STEP.toMillis();

  /** A clock that was never read. */
  public static final PartitionClock NEW = new PartitionClock(0, 0, 0, 0);

  /** A clock that has counted by one reading since the epoch. */
  public static PartitionClock at(long millis) {
    return new PartitionClock(millis, millis, 0, 0);
  }

  /**
   * The clock after another reading.
   *
   * @param nowMillis what the owner's clock says
   * @param persistMillis how long doubtful time must persist until it counts
   */
  public PartitionClock read(long nowMillis, long persistMillis) {
    if (clockMillis == 0) {
      return new PartitionClock(ageMillis, nowMillis, doubtMillis, doubtedAtMillis);
    }
    long step = nowMillis - clockMillis;
    if (step < 0 || step > MAX_STEP_MILLIS) {
      return new PartitionClock(ageMillis, nowMillis, doubtMillis + step, ageMillis);
    }
    long age = ageMillis + step;
    boolean persisted = doubtMillis > 0 && age - doubtedAtMillis >= persistMillis;
    return persisted
        ? new PartitionClock(age + doubtMillis, nowMillis, 0, 0)
        : new PartitionClock(age, nowMillis, doubtMillis, doubtedAtMillis);
  }
}
