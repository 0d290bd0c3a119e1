package org.perille.proof.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.perille.testkit.history.History;
import org.perille.testkit.history.Operation;

/**
 * The attempt of a node to form a second cluster on the database of a running one.
 *
 * <p>It must be refused with the error that says so. It is judged only if the nodes of the first
 * cluster have written heartbeats all the time. Otherwise the second cluster may begin.
 */
final class SecondCluster {
  /** The error with which the product refuses the start. */
  private static final String REFUSAL = "this node would form a second cluster on its database";

  /** A node waits for 2.5 s for a heartbeat of another cluster. */
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  private static final int HEARTBEATS_BEFORE = 2;
  private static final Duration HEARTBEATS_TIMEOUT = Duration.ofSeconds(10);
  private static final int ATTEMPTS = 3;

  /**
   * The limit of an attempt: {@code perille.cluster.start-timeout}, and the start of a process,
   * which takes minutes on a machine that does much else.
   */
  private static final Duration START_TIMEOUT = Duration.ofMinutes(5);

  private static final long LOOK_EVERY_MILLIS = 50;

  private final Injector.Target target;
  private final FaultLog log;
  private final HeartbeatWatch heartbeats;
  private Member intruder;
  private long logged;
  private long beganNanos;

  private SecondCluster(Injector.Target target, FaultLog log, Member intruder) {
    this.target = target;
    this.log = log;
    this.intruder = intruder;
    this.heartbeats = HeartbeatWatch.begin(target.database(), intruder.place().member());
  }

  /** Starts the node. */
  static SecondCluster begin(Injector.Target target, FaultLog log)
      throws IOException, InterruptedException {
    SecondCluster second = new SecondCluster(target, log, target.cluster().intruder());
    second.start();
    return second;
  }

  private void start() throws IOException, InterruptedException {
    long end = System.nanoTime() + HEARTBEATS_TIMEOUT.toNanos();
    while (heartbeats.heartbeats() < HEARTBEATS_BEFORE && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
    heartbeats.restart();
    beganNanos = System.nanoTime();
    logged = Files.exists(intruder.log()) ? Files.size(intruder.log()) : 0;
    intruder = target.cluster().intrude();
  }

  /** The outcome of an attempt. */
  private enum Outcome {
    REFUSED,
    STARTED,
    FAILED_OTHERWISE,
    ENDLESS
  }

  /** Waits for the outcome, and judges it. An attempt that can't be judged is repeated. */
  void end() throws IOException, InterruptedException {
    try {
      String why = "";
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        if (attempt > 1) {
          start();
        }
        Outcome outcome = await();
        long pause = heartbeats.longestPauseMillis();
        boolean judged = outcome == Outcome.REFUSED || pause <= LONGEST_PAUSE_MILLIS;
        intruder.kill();
        intruder.awaitEnd();
        why =
            "the node of a second cluster %s after %.1f s; heartbeats of the first one paused for at most %d ms"
                .formatted(said(outcome), (System.nanoTime() - beganNanos) / 1e9, pause);
        log.say(why);
        judgeMessages();
        if (judged && outcome == Outcome.REFUSED) {
          log.judged(FaultKind.SECOND_CLUSTER);
          return;
        }
        if (judged && outcome != Outcome.FAILED_OTHERWISE) {
          log.found("second-cluster: " + why);
          return;
        }
      }
      // One attempt may fail since a fault before has broken its connection, but not all.
      if (heartbeats.longestPauseMillis() <= LONGEST_PAUSE_MILLIS) {
        log.found("second-cluster: " + why + "; see " + intruder.log());
      } else {
        log.say("the second cluster isn't judged");
      }
    } finally {
      heartbeats.end();
      intruder.kill();
    }
  }

  private static String said(Outcome outcome) {
    return switch (outcome) {
      case REFUSED -> "was refused";
      case STARTED -> "started";
      case FAILED_OTHERWISE -> "failed without the error that names the other cluster";
      case ENDLESS -> "neither started nor was refused";
    };
  }

  private Outcome await() throws IOException, InterruptedException {
    long end = System.nanoTime() + START_TIMEOUT.toNanos();
    while (intruder.isAlive() && !intruder.isUp() && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
    }
    if (intruder.isUp() || intruder.hasBeenUp()) {
      return Outcome.STARTED;
    }
    if (intruder.isAlive()) {
      return Outcome.ENDLESS;
    }
    return logOfAttempt().contains(REFUSAL) && intruder.hasFailed()
        ? Outcome.REFUSED
        : Outcome.FAILED_OTHERWISE;
  }

  private String logOfAttempt() throws IOException {
    byte[] bytes = Files.exists(intruder.log()) ? Files.readAllBytes(intruder.log()) : new byte[0];
    int from = (int) Math.min(bytes.length, logged);
    return new String(Arrays.copyOfRange(bytes, from, bytes.length), StandardCharsets.UTF_8);
  }

  /** A refused node has handled no message, published none, and appended nothing to a journal. */
  private void judgeMessages() throws IOException {
    Path history = intruder.history();
    long handled =
        Files.exists(history)
            ? History.read(history).operations().stream()
                .filter(
                    operation ->
                        operation instanceof Operation.HandlerEntered
                            || operation instanceof Operation.PublishInvoked)
                .count()
            : 0;
    long appended = target.proxy().appends(intruder.name());
    boolean judged = heartbeats.longestPauseMillis() <= LONGEST_PAUSE_MILLIS;
    if (judged && handled > 0) {
      log.found(
          "second-cluster: %s has handled or published %d messages"
              .formatted(intruder.process(), handled));
    }
    if (judged && appended > 0) {
      log.found(
          "second-cluster: %s has written to the journal %d times"
              .formatted(intruder.process(), appended));
    }
    target.proxy().forgetAppends(intruder.name());
    if (target.cluster().find(node -> target.proxy().appends(node.name()) > 0).isEmpty()) {
      log.found("second-cluster: the proxy has seen no node append, so that this check is blind");
    }
  }
}
