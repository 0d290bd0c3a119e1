package org.perille.benchmarks.contender;

import java.util.concurrent.locks.LockSupport;

/** Waits until something is due. */
public final class Due {
  private Due() {}

  /** Waits until a time of {@link System#nanoTime}, if that isn't over. */
  public static void await(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
