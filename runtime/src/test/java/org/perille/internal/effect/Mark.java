package org.perille.internal.effect;

import java.util.EnumMap;
import java.util.Map;

/** What a model must have gone through to prove anything. */
enum Mark {
  BATCH_REPEATED,
  BATCH_OUTDATED,
  MESSAGE_REPEATED,
  MESSAGE_OF_REPLACED_WORKER,
  KEY_WRITE_FENCED,
  KEY_WRITE_UNKNOWN,
  CURSOR_WRITE_FENCED,
  CURSOR_WRITE_UNKNOWN,
  ATTEMPT_FAILED,
  GIVEN_UP,
  HANDLED_AFTER_ALL,
  REDRIVEN_DONE,
  MESSAGE_PARKED,
  LETTER_KEPT,
  RESET_BACK,
  RESET_FORWARD,
  PUBLICATION_REPEATED;

  /** How often each of them happened. */
  static final class Tally {
    private final Map<Mark, Long> times = new EnumMap<>(Mark.class);

    void add(Mark mark, int count) {
      if (count > 0) {
        times.merge(mark, (long) count, Long::sum);
      }
    }

    void add(Mark mark) {
      add(mark, 1);
    }

    Map<Mark, Long> times() {
      return times;
    }
  }
}
