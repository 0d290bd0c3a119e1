package org.perille.internal.subscribe;

import java.util.EnumMap;
import java.util.Map;

/** What the stories must have gone through to prove anything. */
enum Mark {
  BATCH_REPEATED,
  BATCH_OUTDATED,
  BATCH_LOST,
  RECEIPT_LOST,
  PARTITION_CRASHED,
  PARTITION_LIVED_ON,
  PUBLISHER_CRASHED,
  CLOCK_JUMPED,
  CRASHED,
  KILLED,
  LIVED_ON,
  STOPPED,
  WRITE_REFUSED,
  WRITE_UNKNOWN,
  CLAIM_LOST,
  ABANDONED,
  RESET,
  REDRIVEN,
  DISCARDED,
  ORDER_REPEATED,
  PAUSED,
  PARKED,
  PARTITION_STOPPED,
  EXPIRED,
  ATTEMPTS_EXHAUSTED,
  GIVEN_UP_AFTER_CRASHES;

  /** How often each of them happened. */
  static final class Tally {
    private final Map<Mark, Long> times = new EnumMap<>(Mark.class);

    void add(Mark mark) {
      times.merge(mark, 1L, Long::sum);
    }

    Map<Mark, Long> times() {
      return times;
    }
  }
}
