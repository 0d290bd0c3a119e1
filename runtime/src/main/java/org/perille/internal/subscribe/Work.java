package org.perille.internal.subscribe;

import org.perille.internal.log.LogEntry;

/** A message that a worker has to get handled, and how often that was tried. */
final class Work {
  private final LogEntry entry;
  private final boolean redelivered;
  private int attempts;

  Work(LogEntry entry, boolean redelivered) {
    this.entry = entry;
    this.redelivered = redelivered;
  }

  LogEntry entry() {
    return entry;
  }

  String key() {
    return entry.message().key();
  }

  /** Whether there may have been an attempt before. */
  boolean redelivered() {
    return redelivered || attempts > 1;
  }

  int attempts() {
    return attempts;
  }

  void beginAttempt() {
    attempts++;
  }
}
