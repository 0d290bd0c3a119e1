package org.perille.internal.subscribe;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.perille.internal.log.LogEntry;

/**
 * Failed messages until they are tried again, as many as fit; what doesn't fit is read from the log
 * when its time comes. A retry that read the event it stands in would read a hundred times what it
 * needs.
 *
 * <p><b>Threading</b>: used by the worker alone.
 */
final class RetryCache {
  private final long maxBytes;
  private final Map<Long, LogEntry> entries = new HashMap<>();
  private long bytes;

  RetryCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Keeps a message if there is room. */
  void keep(LogEntry entry) {
    long more = entry.message().sizeInBytes();
    if (bytes + more <= maxBytes && entries.putIfAbsent(entry.offset(), entry) == null) {
      bytes += more;
    }
  }

  /** A message if it was kept; from then on it isn't. */
  Optional<LogEntry> take(long offset) {
    Optional<LogEntry> entry = Optional.ofNullable(entries.remove(offset));
    entry.ifPresent(kept -> bytes -= kept.message().sizeInBytes());
    return entry;
  }
}
