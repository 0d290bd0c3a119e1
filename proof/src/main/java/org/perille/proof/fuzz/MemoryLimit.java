package org.perille.proof.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * A limit of what decoding may allocate, counted by the JVM for the calling thread: unlike an
 * {@link OutOfMemoryError} it is found on every machine alike.
 */
final class MemoryLimit {
  private static final long FIXED_BYTES = 16 << 20;

  /** A field of one or two bytes makes a few objects. */
  private static final long BYTES_PER_BYTE = 2000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private MemoryLimit() {}

  /** Feeds a target, and fails if that takes far more memory than the input has bytes. */
  static void accept(FuzzTarget target, byte[] input) throws Throwable {
    long limit = FIXED_BYTES + BYTES_PER_BYTE * input.length;
    if (taken(target, input) <= limit) {
      return;
    }
    // Classes that were loaded on the way, and instrumented, count the first time only.
    long again = taken(target, input);
    if (again > limit) {
      throw new AssertionError(
          "decoding %d bytes allocated %d bytes, and may allocate %d"
              .formatted(input.length, again, limit));
    }
  }

  private static long taken(FuzzTarget target, byte[] input) throws Throwable {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    target.accept(input);
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
