package org.perille.internal.worker;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.Pure;
import org.perille.internal.log.LogEntry;

/**
 * A cache of failed messages until their retry, limited in size.
 *
 * <p>A message that doesn't fit is read from the log when its time comes. That read is expensive:
 * it reads a whole event, which may be a hundred times as large as the message.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
@Pure
final class RetryCache {
  private final long maxBytes;
  private final Map<Long, LogEntry> entries = new HashMap<>();
  private long bytes;

  RetryCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Stores a message if there is room. */
  void keep(LogEntry entry) {
    long more = entry.message().sizeInBytes();
    if (bytes + more <= maxBytes && entries.putIfAbsent(entry.offset(), entry) == null) {
      bytes += more;
    }
  }

  /** Removes and returns a message; empty if it isn't cached. */
  Optional<LogEntry> take(long offset) {
    Optional<LogEntry> entry = Optional.ofNullable(entries.remove(offset));
    entry.ifPresent(kept -> bytes -= kept.message().sizeInBytes());
    return entry;
  }
}
