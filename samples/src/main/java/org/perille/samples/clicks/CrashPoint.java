package org.perille.samples.clicks;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.perille.Delivery;
import org.perille.MessageId;

/**
 * The places that handlers pass in the node. At the planned pass it asks the launcher to kill the
 * process.
 */
final class CrashPoint {
  private final Optional<Crash> crash;
  private final PrintStream launcher;
  private final AtomicInteger passes = new AtomicInteger();

  private CrashPoint(Optional<Crash> crash, PrintStream launcher) {
    this.crash = crash;
    this.launcher = launcher;
  }

  static CrashPoint of(Optional<Crash> crash, PrintStream launcher) {
    return new CrashPoint(crash, launcher);
  }

  /** Returns a crash point for a process that isn't killed. */
  static CrashPoint none() {
    return new CrashPoint(Optional.empty(), System.out);
  }

  /** Returns at once, or blocks until the process is killed if the planned pass is reached. */
  void pass(Crash.Place place, Delivery<Click> delivery) {
    if (crash.filter(c -> c.countedAt() == place).isEmpty()
        || passes.incrementAndGet() != crash.get().pass()) {
      return;
    }
    launcher.println(
        NodeLine.CRASH.with(
            delivery.messageId().map(MessageId::value).orElse("?") + " on " + delivery.key()));
    if (crash.get().stays()) {
      stay();
    }
  }

  private static void stay() {
    while (true) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        // Blocks until the process is killed. A handler that returned would not have been killed at
        // this place.
      }
    }
  }
}
