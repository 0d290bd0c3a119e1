package org.perille.benchmarks.contender;

import java.util.concurrent.locks.LockSupport;

/** Waits until a time. */
public final class Due {
  private Due() {}

  /** Waits until a time of {@link System#nanoTime}. Returns at once if it is over. */
  public static void await(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
