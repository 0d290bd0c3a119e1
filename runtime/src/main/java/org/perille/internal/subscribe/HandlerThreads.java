package org.perille.internal.subscribe;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads that run a subscription's handlers on this node: virtual ones where the JVM has them,
 * pooled ones elsewhere. Each subscription has its own, so that a slow one can't use up those of
 * another; their number is bounded by its parallelism and its partitions.
 */
public final class HandlerThreads implements Executor, AutoCloseable {
  private final ExecutorService executor;

  public HandlerThreads(String subscription) {
    this.executor = virtualOrPooled("perille-" + subscription);
  }

  private static ExecutorService virtualOrPooled(String name) {
    try {
      // Java 21's Executors.newVirtualThreadPerTaskExecutor, which 17 can't be compiled against.
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException e) {
      return Executors.newCachedThreadPool(named(name));
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("virtual threads can't be used", e);
    }
  }

  private static ThreadFactory named(String name) {
    AtomicLong count = new AtomicLong();
    return task -> {
      Thread thread = new Thread(task, name + "-" + count.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  @Override
  public void execute(Runnable task) {
    executor.execute(task);
  }

  /** Ends the threads when they are done; never interrupts, which would close an embedded H2. */
  @Override
  public void close() {
    executor.shutdown();
  }
}
