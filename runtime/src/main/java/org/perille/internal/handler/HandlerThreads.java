package org.perille.internal.handler;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The threads that run the handlers of a node. They are virtual threads if the JVM has them, pooled
 * ones otherwise.
 *
 * <p>There are as many as handlers run at the same time, and a thread that has been idle for a
 * minute ends. So a slow subscription can't use up the threads of another one, and subscriptions
 * with nothing to do have none. How many run for one subscription is bounded by its parallelism and
 * the number of its partitions.
 */
public final class HandlerThreads implements AutoCloseable {
  private final ExecutorService executor = virtualOrPooled();

  private static ExecutorService virtualOrPooled() {
    try {
      // Java 21's Executors.newVirtualThreadPerTaskExecutor. The code is compiled for 17, which
      // hasn't got it.
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException e) {
      return Executors.newCachedThreadPool(HandlerThreads::daemon);
    } catch (IllegalAccessException | InvocationTargetException e) {
      throw new IllegalStateException("virtual threads can't be used", e);
    }
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "perille-handler");
    thread.setDaemon(true);
    return thread;
  }

  /** Returns the threads for a subscription's handlers. They carry its name while they run them. */
  public Executor of(String subscription) {
    String name = "perille-" + subscription;
    return task -> executor.execute(() -> run(task, name));
  }

  private static void run(Runnable task, String name) {
    Thread.currentThread().setName(name);
    task.run();
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
