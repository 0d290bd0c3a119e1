package org.perille.sharding.internal.bootstrap;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.perille.internal.Pure;

/** Decides what follows when an actor system of Perille's own has ended. */
@Pure
final class Lifecycle {
  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);
  private static final Duration LONGEST_DELAY = Duration.ofSeconds(30);

  /** The setting {@code perille.cluster.when-downed}. */
  enum WhenDowned {
    RESTART,
    EXIT;

    /** Returns the value of the setting. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** The consequence of the end of an actor system. */
  enum Next {
    /** Another actor system starts. */
    RESTART,
    /** The JVM exits. */
    EXIT,
    /** Perille has stopped. */
    STOPPED
  }

  private Lifecycle() {}

  /**
   * Returns what follows the end of an actor system that nobody has asked Perille to stop.
   *
   * <p>Only a node that was downed starts again. An application that terminates the actor system,
   * or an operator who makes the node leave its cluster, wants it to end.
   *
   * @param reason the reason of its coordinated shutdown; empty if there was none
   */
  static Next after(Optional<CoordinatedShutdown.Reason> reason, WhenDowned setting) {
    if (!isDowned(reason)) {
      return Next.STOPPED;
    }
    return setting == WhenDowned.EXIT ? Next.EXIT : Next.RESTART;
  }

  /** Returns whether an actor system ends because its node was downed. */
  static boolean isDowned(Optional<CoordinatedShutdown.Reason> reason) {
    return reason.filter(CoordinatedShutdown.clusterDowningReason()::equals).isPresent();
  }

  /**
   * Returns the time to wait after a failed start, before the next one.
   *
   * @param attempt the number of failed starts in a row, from 1
   */
  static Duration delayAfter(int attempt) {
    Duration delay = FIRST_DELAY.multipliedBy(1L << Math.min(attempt - 1, 10));
    return delay.compareTo(LONGEST_DELAY) < 0 ? delay : LONGEST_DELAY;
  }
}
