package org.perille.sharding.internal.publisher;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** The threads that complete the application's stages, whose callbacks may block. */
public final class CallbackThreads {
  private static final long IDLE_SECONDS = 10;

  private CallbackThreads() {}

  /**
   * Creates threads, which end when they are idle.
   *
   * @param name a part of their names
   * @param threads the limit of callbacks that run, or block, at the same time
   */
  public static ExecutorService create(String name, int threads) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    AtomicLong count = new AtomicLong();
    executor.setThreadFactory(
        task -> {
          Thread thread =
              new Thread(task, "perille-receipts-%s-%d".formatted(name, count.incrementAndGet()));
          thread.setDaemon(true);
          return thread;
        });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}
