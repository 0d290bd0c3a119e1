package org.perille.internal.subscribe;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.log.LogEntry;

/**
 * Messages of several ordering groups that are brought back together. They are handed to the pool
 * when they are read and it is durable that attempts begin, in whichever order that comes.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class RetryBatch {

  /** Messages of one ordering group, in order; ended when one fails or all are done. */
  static final class OfGroup {
    private final String group;
    private final List<DeferredMessage> messages;
    private int left;

    OfGroup(String group, List<DeferredMessage> messages) {
      this.group = group;
      this.messages = messages;
      this.left = messages.size();
    }

    String group() {
      return group;
    }

    List<DeferredMessage> messages() {
      return messages;
    }

    List<Long> offsets() {
      return messages.stream().map(DeferredMessage::offset).toList();
    }

    /** Counts a message that is done; true if it was the last one. */
    boolean isLast() {
      return --left == 0;
    }
  }

  private final List<OfGroup> groups;
  private final long nowMillis;
  private final Map<Long, LogEntry> entries = new HashMap<>();
  private boolean read;
  private boolean recorded;

  /**
   * A batch of which nothing is read.
   *
   * @param nowMillis when its messages were found to be due
   */
  RetryBatch(List<OfGroup> groups, long nowMillis) {
    this.groups = groups;
    this.nowMillis = nowMillis;
  }

  List<OfGroup> groups() {
    return groups;
  }

  long nowMillis() {
    return nowMillis;
  }

  List<Long> offsets() {
    return groups.stream().flatMap(group -> group.offsets().stream()).toList();
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
