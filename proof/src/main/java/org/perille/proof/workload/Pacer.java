package org.perille.proof.workload;

import java.util.concurrent.TimeUnit;

/** Takes steps at a steady rate, on a thread of its own, until it is stopped. */
final class Pacer {
  /** A time longer than any step can wait. */
  private static final long ENDS_WITHIN_MILLIS = 30_000;

  private final int rate;
  private final Step step;
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * Creates a pacer that isn't started.
   *
   * @param rate steps per second; 0 for none
   */
  Pacer(String name, int rate, Step step) {
    this.rate = rate;
    this.step = step;
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
  }

  /** One step. */
  @FunctionalInterface
  interface Step {
    void take(long number) throws InterruptedException;
  }

  void start() {
    thread.start();
  }

  /** Stops, except for a step that is just about to begin. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  /** Waits until no further step begins. */
  void awaitEnd() throws InterruptedException {
    thread.join(ENDS_WITHIN_MILLIS);
  }

  private void run() {
    try {
      for (long number = 0; !stopped && rate > 0; number++) {
        step.take(number);
        TimeUnit.MICROSECONDS.sleep(1_000_000L / rate);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
