package org.perille.internal.worker;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.failure.DeferredMessage;
import org.perille.internal.log.LogEntry;

/**
 * Deferred messages of several ordering groups that are retried together.
 *
 * <p>They are handed to the pool when two conditions are met, in any order: the messages are read,
 * and the begin of their attempts is durable.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class RetryBatch {

  /**
   * The messages of one ordering group, in order. They have ended when one fails or all are done.
   */
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

    /** Counts a done message; returns whether it was the last one. */
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
   * Creates a batch of which nothing is read.
   *
   * @param nowMillis time at which its messages were found to be due
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

  /** Adds a message that was cached. */
  void add(LogEntry entry) {
    entries.put(entry.offset(), entry);
  }

  LogEntry entry(long offset) {
    return Optional.ofNullable(entries.get(offset)).orElseThrow();
  }

  /** Adds the messages that were read from the log. The batch is complete then. */
  void read(Map<Long, LogEntry> found) {
    entries.putAll(found);
    read = true;
  }

  /** Notes that the begin of the attempts is durable. */
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
