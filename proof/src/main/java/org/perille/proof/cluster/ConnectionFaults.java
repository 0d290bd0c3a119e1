package org.perille.proof.cluster;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Breaks connections repeatedly, concurrently with all other faults. */
final class ConnectionFaults {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionFaults.class);
  private static final int MOST_MILLIS_BETWEEN = 4_000;
  private static final int FAULTS_IN_A_ROW = 20;

  /** The time without broken connections after a series, so that other faults also come alone. */
  private static final int CALM_MILLIS = 40_000;

  private final Nemesis nemesis;
  private final Schedule schedule;
  private final Random random;
  private final Thread thread = new Thread(this::fight, "connection-faults");

  ConnectionFaults(Nemesis nemesis, Schedule schedule, Random random) {
    this.nemesis = nemesis;
    this.schedule = schedule;
    this.random = random;
  }

  /** Starts to break connections, until {@link #end}. */
  void begin() {
    thread.setDaemon(true);
    if (schedule.size() > 0) {
      thread.start();
    }
  }

  private void fight() {
    try {
      for (int faults = 1; ; faults++) {
        TimeUnit.MILLISECONDS.sleep(
            faults % FAULTS_IN_A_ROW == 0 ? CALM_MILLIS : random.nextInt(MOST_MILLIS_BETWEEN));
        strike();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void strike() throws InterruptedException {
    try {
      nemesis.strikeConnection(schedule.next());
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      // The database may be down, so that its backends can't be killed.
      LOG.info("A connection can't be broken now", e);
    }
  }

  void end() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
