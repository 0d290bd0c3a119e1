package org.perille.proof.soak;

import java.util.Map;
import java.util.TreeMap;

/**
 * Figures at the end of a round, when nothing is under way.
 *
 * @param round its number, from 1
 * @param messages published by then
 * @param judged what must not grow; what grows with every message by its nature, as the log does,
 *     is divided by the messages
 * @param shown what is only printed
 */
record Sample(int round, long messages, Map<String, Double> judged, Map<String, Double> shown) {
  static final String THREADS = "threads";
  static final String OBJECTS = "objects";
  static final String SNAPSHOTS_OF_ONE = "snapshots of one";
  static final String EVENTS_TO_REPLAY = "events to replay";
  static final String ROWS = "rows ";
  static final String OBJECTS_OF = "objects of ";
  static final String PER_MESSAGE = " per message";

  Sample {
    judged = Map.copyOf(judged);
    shown = new TreeMap<>(shown);
  }

  /**
   * Returns what a figure may grow to by design; below it no growth is judged. A failure log takes
   * a snapshot after 5,000 changes and keeps the events behind the last but one; a cursor's journal
   * does so after 50 events.
   */
  static double bound(String figure) {
    return switch (figure) {
      case ROWS + "perille-failures" -> 20_000;
      case ROWS + "perille-subscription" -> 1_500;
      case EVENTS_TO_REPLAY -> 5_500;
      default -> 0;
    };
  }

  /** By how much a figure may rise whatever its size: what comes and goes by chance. */
  static double tolerance(String figure) {
    if (figure.endsWith(PER_MESSAGE)) {
      return 0.05;
    }
    if (figure.equals(THREADS)) {
      return 8;
    }
    if (figure.equals(SNAPSHOTS_OF_ONE)) {
      return 1;
    }
    if (figure.startsWith(OBJECTS_OF)) {
      return 300;
    }
    return figure.equals(OBJECTS) ? 1_500 : 100;
  }
}
