package org.perille.sharding.internal.tls;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of connections that TLS has refused. Nodes, and strangers, try again every second, so a
 * line is repeated once a minute at most, and there are few different ones a minute.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class RefusalLog {
  private static final Logger LOG = LoggerFactory.getLogger(RefusalLog.class);

  private static final Duration PERIOD = Duration.ofMinutes(1);

  /** Enough for a cluster in which each node refuses every other one for its own reason. */
  private static final int MAX_LINES = 50;

  private final LongSupplier nanoTime;
  private final Set<String> lines = new HashSet<>();
  private long sinceNanos;

  RefusalLog(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.sinceNanos = nanoTime.getAsLong();
  }

  void failed(String connection, String reason) {
    String line = connection + ": " + reason;
    if (isNew(line)) {
      LOG.warn("TLS refused {}", line);
    } else {
      LOG.debug("TLS refused {}", line);
    }
  }

  private synchronized boolean isNew(String line) {
    long now = nanoTime.getAsLong();
    if (now - sinceNanos >= PERIOD.toNanos()) {
      lines.clear();
      sinceNanos = now;
    }
    return lines.size() < MAX_LINES && lines.add(line);
  }
}
