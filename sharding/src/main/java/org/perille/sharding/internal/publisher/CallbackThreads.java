package org.perille.sharding.internal.publisher;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.perille.internal.failure.UserCode;

/**
 * The threads of a node that complete the application's stages, whose callbacks may block.
 *
 * <p>There are as many as callbacks run, or block, at the same time. So topics with nothing to do
 * have none. They end when they have been idle for ten seconds, and never keep a JVM alive.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
public final class CallbackThreads {
  private static final long IDLE_SECONDS = 10;

  private final Executor threads =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          CallbackThreads::daemon);

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "perille-receipts");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Returns an executor for one kind of callbacks. The threads carry its name while they run them.
   *
   * @param limit the limit of callbacks that run, or block, at the same time; later ones wait
   */
  public Executor of(String name, int limit) {
    String threadName = "perille-receipts-" + name;
    Executor limited = new LimitedExecutor(threads, limit);
    return task -> limited.execute(() -> run(task, threadName));
  }

  private static void run(Runnable task, String threadName) {
    Thread.currentThread().setName(threadName);
    task.run();
    UserCode.clearInterrupt();
  }
}
