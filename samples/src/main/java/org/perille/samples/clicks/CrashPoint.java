package org.perille.samples.clicks;

import java.io.PrintStream;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.perille.Delivery;

/** Where handlers pass, in the node: at one of the passes it asks the launcher to kill it. */
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

  /** For a process that isn't to be killed. */
  static CrashPoint none() {
    return new CrashPoint(Optional.empty(), System.out);
  }

  /** Goes on, or stays until the process is dead. */
  void pass(Crash.Place place, Delivery<Click> delivery) {
    if (crash.filter(c -> c.countedAt() == place).isEmpty()
        || passes.incrementAndGet() != crash.get().pass()) {
      return;
    }
    launcher.println(
        NodeLine.CRASH.with(delivery.messageId().orElse("?") + " on " + delivery.key()));
    if (crash.get().stays()) {
      stay();
    }
  }

  private static void stay() {
    while (true) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        // Nothing but its death takes it away from here: a handler that returned would be one
        // that was not killed at this place.
      }
    }
  }
}
