package org.perille.benchmarks.contender;

import java.util.concurrent.TimeUnit;

/** A handler that can't keep up, and must not hold back the others. */
final class Slow {
  /** Of a parcel. */
  private static final long MILLIS = 20;

  private Slow() {}

  static void handle(byte[] parcel) {
    try {
      TimeUnit.MILLISECONDS.sleep(MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
