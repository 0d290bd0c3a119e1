package org.perille.internal;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** Work that doesn't depend on the speed of the machine: the bytes that a thread allocates. */
public final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private Allocation() {}

  /** The bytes that this thread allocates while it does something. */
  public static long of(Runnable work) {
    long thread = Thread.currentThread().getId();
    long before = THREADS.getThreadAllocatedBytes(thread);
    work.run();
    return THREADS.getThreadAllocatedBytes(thread) - before;
  }
}
