package org.perille.internal.subscribe;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.failure.Held;
import org.perille.internal.log.LogEntry;

/**
 * Messages of several units that are brought back together. They are handed to the pool when they
 * are read and it is durable that attempts begin, in whichever order that comes.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class RetryBatch {

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

    List<Long> offsets() {
      return messages.stream().map(Held::offset).toList();
    }

    /** Counts a message that is done; true if it was the last one. */
    boolean isLast() {
      return --left == 0;
    }
  }

  private final List<OfUnit> units;
  private final long nowMillis;
  private final Map<Long, LogEntry> entries = new HashMap<>();
  private boolean read;
  private boolean recorded;

  /**
   * A batch of which nothing is read.
   *
   * @param nowMillis when its messages were found to be due
   */
  RetryBatch(List<OfUnit> units, long nowMillis) {
    this.units = units;
    this.nowMillis = nowMillis;
  }

  List<OfUnit> units() {
    return units;
  }

  long nowMillis() {
    return nowMillis;
  }

  List<Long> offsets() {
    return units.stream().flatMap(unit -> unit.offsets().stream()).toList();
  }

  /** Adds a message that was kept in memory. */
  void add(LogEntry entry) {
    entries.put(entry.offset(), entry);
  }

  LogEntry entry(long offset) {
    return Optional.ofNullable(entries.get(offset)).orElseThrow();
  }

  /** Adds those that were read: all are there now. */
  void read(Map<Long, LogEntry> found) {
    entries.putAll(found);
    read = true;
  }

  /** Notes that it is durable that attempts begin. */
  void recorded() {
    recorded = true;
  }

  boolean isReady() {
    return read && recorded;
  }

  @Override
  public String toString() {
    return "retry of " + offsets();
  }
}
