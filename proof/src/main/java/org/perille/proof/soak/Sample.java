package org.perille.proof.soak;

import java.util.Map;
import java.util.TreeMap;

/**
 * The figures at the end of a round, when nothing is under way.
 *
 * @param round the number of the round, from 1
 * @param messages the number of messages published so far
 * @param judged the figures that must not grow; a figure that grows with every message by its
 *     nature, like the log, is divided by the messages
 * @param shown the figures that are only printed
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
   * Returns the value up to which a figure may grow by design.
   *
   * <p>No growth is judged below it. A failure log takes a snapshot after 5,000 changes, and keeps
   * the events after the last but one. A cursor's journal takes one after 50 events.
   */
  static double bound(String figure) {
    return switch (figure) {
      case ROWS + "perille-failures" -> 20_000;
      case ROWS + "perille-subscription" -> 1_500;
      case EVENTS_TO_REPLAY -> 5_500;
      default -> 0;
    };
  }

  /** Returns the random variation of a figure, by which it may always rise. */
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
