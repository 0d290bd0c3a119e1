package org.perille.internal.handler;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads that run a subscription's handlers on this node. They are virtual threads if the JVM
 * has them, pooled ones otherwise.
 *
 * <p>Each subscription has its own, so that a slow one can't use up the threads of another. Their
 * number is bounded by the parallelism and the number of partitions.
 */
public final class HandlerThreads implements Executor, AutoCloseable {
  private final ExecutorService executor;

  public HandlerThreads(String subscription) {
    this.executor = virtualOrPooled("perille-" + subscription);
  }

  private static ExecutorService virtualOrPooled(String name) {
    try {
      // Java 21's Executors.newVirtualThreadPerTaskExecutor. The code is compiled for 17, which
      // hasn't got it.
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

  /**
   * Ends the threads when their tasks are done. It never interrupts them, since an interrupt closes
   * an embedded H2.
   */
  @Override
  public void close() {
    executor.shutdown();
  }
}
