package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * The next planned crash of this process: both handlers have charged a payment, and neither has
 * returned.
 *
 * <p>The crash is written down before it happens, so that the next process doesn't repeat it.
 */
final class CrashPoint {
  /** The exit code of a process that has halted itself here. */
  static final int HALTED = 77;

  /** The handlers that must have reached the crash. */
  enum Charger {
    CHARGE,
    NAIVE
  }

  private final Path directory;
  private final int crashesBefore;
  private final Optional<Plan.Crash> crash;
  private final Set<Charger> charged = EnumSet.noneOf(Charger.class);

  private CrashPoint(Path directory, int crashesBefore, Optional<Plan.Crash> crash) {
    this.directory = directory;
    this.crashesBefore = crashesBefore;
    this.crash = crash;
  }

  static CrashPoint next(Path directory, Plan plan) {
    int before = crashesBefore(directory, plan);
    return new CrashPoint(directory, before, plan.crashAfter(before));
  }

  /** Returns the number of the plan's crashes that have happened. */
  static int crashesBefore(Path directory, Plan plan) {
    return (int)
        plan.crashes().stream().filter(crash -> Files.exists(mark(directory, crash))).count();
  }

  /** Returns whether a process waits to be killed. */
  static boolean isDue(Path directory, Plan.Crash crash, long pid) throws IOException {
    Path mark = mark(directory, crash);
    return crash.killed()
        && Files.exists(mark)
        && Files.readString(mark).equals(String.valueOf(pid));
  }

  private static Path mark(Path directory, Plan.Crash crash) {
    return directory.resolve("crash-" + crash.number());
  }

  /** Returns the number of crashes before this process. */
  int crashesBefore() {
    return crashesBefore;
  }

  /** Returns whether no crash is left for this process. */
  boolean isBehind() {
    return crash.isEmpty();
  }

  /** Marks that a payment is charged, and not yet acknowledged. */
  void charged(Charger who, String paymentId) throws IOException, InterruptedException {
    if (isAt(paymentId)) {
      synchronized (this) {
        charged.add(who);
        if (charged.size() == Charger.values().length) {
          crash();
        }
      }
      stay();
    }
  }

  /** Marks that a push is about to be sent. Some crashes happen before it. */
  void beforePush(String paymentId) throws InterruptedException {
    if (isAt(paymentId) && crash.orElseThrow().pushLost()) {
      stay();
    }
  }

  /** Marks that a push is sent, and its handler hasn't returned. The other crashes happen here. */
  void afterPush(String paymentId) throws InterruptedException {
    if (isAt(paymentId)) {
      stay();
    }
  }

  private boolean isAt(String paymentId) {
    return crash.filter(c -> c.paymentId().equals(paymentId)).isPresent();
  }

  private void crash() throws IOException {
    Files.writeString(
        mark(directory, crash.orElseThrow()), String.valueOf(ProcessHandle.current().pid()));
    if (!crash.orElseThrow().killed()) {
      Runtime.getRuntime().halt(HALTED);
    }
  }

  /** Blocks until the process dies. */
  private static void stay() throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
