package org.perille.proof.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/**
 * A limit of the memory that decoding may allocate.
 *
 * <p>The JVM counts the allocations of the calling thread. Unlike an {@link OutOfMemoryError}, the
 * finding is the same on every machine.
 */
final class MemoryLimit {
  private static final long FIXED_BYTES = 16 << 20;

  /** The allowance for a field of one or two bytes, which becomes a few objects. */
  private static final long BYTES_PER_BYTE = 2000;

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private MemoryLimit() {}

  /**
   * Passes an input to a target. Fails if that allocates far more memory than the input has bytes.
   */
  static void accept(FuzzTarget target, byte[] input) throws Throwable {
    long limit = FIXED_BYTES + BYTES_PER_BYTE * input.length;
    if (taken(target, input) <= limit) {
      return;
    }
    // The first call may also load and instrument classes. Only the second one counts.
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
