package org.perille.sharding.internal.bootstrap;

import com.typesafe.config.Config;
import java.time.Duration;
import org.perille.ConfigurationException;

/**
 * Checks that the time-outs of a stopping node fit into the phases of Pekko's coordinated shutdown.
 *
 * <p>Pekko leaves a phase that takes too long, and cuts off the work in it.
 */
final class ShutdownTimes {
  /** The time for a worker to make its cursor durable after its handlers have stopped. */
  private static final Duration LAST_WRITES = Duration.ofSeconds(1);

  /** The time before the end of a hand-over at which Cluster Sharding stops the rest by force. */
  private static final Duration FORCED_BEFORE = Duration.ofSeconds(5);

  private static final String PHASES = "pekko.coordinated-shutdown.phases.";
  private static final String DEFAULT_PHASE_TIMEOUT =
      "pekko.coordinated-shutdown.default-phase-timeout";
  private static final String HANDOFF = "pekko.cluster.sharding.handoff-timeout";
  private static final String STOP = "perille.subscription.stop-timeout";
  private static final String CLOSE = "perille.cluster.close-timeout";

  private ShutdownTimes() {}

  /** Rejects time-outs that are shorter than the work they wait for. */
  static void check(Config config) {
    Duration stop = config.getDuration(STOP);
    requireRoom(
        STOP,
        stop.plus(LAST_WRITES),
        stop,
        timeoutPath(config, "cluster-sharding-shutdown-region"),
        config,
        Duration.ZERO,
        "handlers that still run when the node stops would be cut off, and their messages delivered again");
    requireRoom(
        STOP,
        stop.plus(LAST_WRITES),
        stop,
        HANDOFF,
        config,
        FORCED_BEFORE,
        "handlers that still run when a partition moves would be cut off, and their messages delivered again");
    Duration close = config.getDuration(CLOSE);
    requireRoom(
        CLOSE,
        close,
        close,
        timeoutPath(config, "service-requests-done"),
        config,
        Duration.ZERO,
        "publishers would be cut off before they receive their receipts");
  }

  /** Returns the time in which a region hands over its shards. */
  static Duration handOver(Config config) {
    return config.getDuration(timeoutPath(config, "cluster-sharding-shutdown-region"));
  }

  private static String timeoutPath(Config config, String phase) {
    String own = PHASES + phase + ".timeout";
    return config.hasPath(own) ? own : DEFAULT_PHASE_TIMEOUT;
  }

  private static void requireRoom(
      String path,
      Duration needed,
      Duration value,
      String limitPath,
      Config config,
      Duration reserved,
      String consequence) {
    Duration limit = config.getDuration(limitPath);
    if (needed.compareTo(limit.minus(reserved)) >= 0) {
      throw new ConfigurationException(
          "'%s' is %s, and must be shorter than '%s' of %s by more than %s: otherwise %s. Shorten the former or raise the latter"
              .formatted(
                  path, value, limitPath, limit, needed.minus(value).plus(reserved), consequence));
    }
  }
}
