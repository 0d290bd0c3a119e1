package org.perille.internal.subscribe;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.perille.internal.failure.Held;
import org.perille.internal.log.LogEntry;

/**
 * Messages of several units that are brought back together.
 *
 * @param entries those of them that were kept in memory; the others are added when they are read
 * @param nowMillis when they were found to be due
 */
record RetryBatch(
    List<OfUnit> units,
    Map<Long, LogEntry> entries,
    CompletionStage<Map<Long, LogEntry>> read,
    long nowMillis) {

  /** Messages of one unit, in order; ended when one fails or all are done. */
  static final class OfUnit {
    private final String unit;
    private final List<Held> messages;
    private int left;

    OfUnit(String unit, List<Held> messages) {
      this.unit = unit;
      this.messages = messages;
      this.left = messages.size();
    }

    String unit() {
      return unit;
    }

    List<Held> messages() {
      return messages;
    }

    /** Counts a message that is done; true if it was the last one. */
    boolean isLast() {
      return --left == 0;
    }
  }
}
