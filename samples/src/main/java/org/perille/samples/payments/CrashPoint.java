package org.perille.samples.payments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/**
 * Where this process ends next: when both handlers have charged a payment, and neither has returned
 * from it.
 *
 * <p>That a crash happens is written down before, so that the process after it is spared.
 */
final class CrashPoint {
  /** What a process exits with that has halted itself here. */
  static final int HALTED = 77;

  /** Who has to be there. */
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

  /** How many crashes of the plan have happened. */
  static int crashesBefore(Path directory, Plan plan) {
    return (int)
        plan.crashes().stream().filter(crash -> Files.exists(mark(directory, crash))).count();
  }

  /** Whether a process waits to be killed. */
  static boolean isDue(Path directory, Plan.Crash crash, long pid) throws IOException {
    Path mark = mark(directory, crash);
    return crash.killed()
        && Files.exists(mark)
        && Files.readString(mark).equals(String.valueOf(pid));
  }

  private static Path mark(Path directory, Plan.Crash crash) {
    return directory.resolve("crash-" + crash.number());
  }

  /** How many crashes have happened before this process. */
  int crashesBefore() {
    return crashesBefore;
  }

  /** Whether this process has none any more. */
  boolean isBehind() {
    return crash.isEmpty();
  }

  /** Passed when a payment was charged and that isn't acknowledged yet. */
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

  /** Passed when a push is about to be sent: some crashes come before it. */
  void beforePush(String paymentId) throws InterruptedException {
    if (isAt(paymentId) && crash.orElseThrow().pushLost()) {
      stay();
    }
  }

  /** Passed when a push was sent and the handler hasn't returned: the others come here. */
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

  /** Until the process dies. */
  private static void stay() throws InterruptedException {
    new CountDownLatch(1).await();
  }
}
