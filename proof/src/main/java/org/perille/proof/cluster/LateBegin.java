package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.perille.Perille;
import org.perille.proof.workload.LateRegistration;
import org.perille.proof.workload.Witness;
import org.perille.proof.workload.Workload;

/**
 * The time from which a subscription of the run handles messages.
 *
 * <p>It is the same in all processes, and later than the first messages. It depends on a file that
 * the first process creates.
 */
final class LateBegin {
  private static final Duration AFTER_FIRST_START = Duration.ofSeconds(20);
  private static final Duration TIMEOUT = Duration.ofHours(12);

  private final Instant time;

  private LateBegin(Instant time) {
    this.time = time;
  }

  static LateBegin of(Path directory) throws IOException {
    Path first = directory.resolve("first-start");
    try {
      Files.createFile(first);
    } catch (FileAlreadyExistsException e) {
      // Another process was first.
    }
    return new LateBegin(
        Files.getLastModifiedTime(first)
            .toInstant()
            .plus(AFTER_FIRST_START)
            .truncatedTo(ChronoUnit.MILLIS));
  }

  /** Waits for the time, and registers the subscription. */
  void register(Perille perille, Workload workload, Witness witness) throws InterruptedException {
    // Until the time has passed for all nodes, whatever their clocks show.
    TimeUnit.MILLISECONDS.sleep(
        Math.max(0, Duration.between(Instant.now(), time).toMillis() + 1_000));
    LateRegistration.register(perille, workload, witness, time, TIMEOUT);
  }

  /** Calls {@link #register} in a thread of its own. */
  void registerLater(Perille perille, Workload workload, Witness witness) {
    Thread thread =
        new Thread(
            () -> {
              try {
                register(perille, workload, witness);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "late-registration");
    thread.setDaemon(true);
    thread.start();
  }
}
