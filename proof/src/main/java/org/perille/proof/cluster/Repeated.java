package org.perille.proof.cluster;

import java.util.concurrent.TimeUnit;

/** A look at something, which a thread repeats ten times a second. */
final class Repeated {
  private static final int LOOK_EVERY_MILLIS = 100;

  private final Thread thread;

  /**
   * Creates a look that isn't repeated yet.
   *
   * @param look the look, which must not throw
   */
  Repeated(String name, Runnable look) {
    this.thread = new Thread(() -> repeat(look), name);
    thread.setDaemon(true);
  }

  /** Starts to repeat it. */
  void begin() {
    thread.start();
  }

  private static void repeat(Runnable look) {
    try {
      while (true) {
        look.run();
        TimeUnit.MILLISECONDS.sleep(LOOK_EVERY_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops the thread, and waits for its end. */
  void end() throws InterruptedException {
    thread.interrupt();
    thread.join();
  }
}
