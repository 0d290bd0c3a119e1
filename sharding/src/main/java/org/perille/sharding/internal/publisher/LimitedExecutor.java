package org.perille.sharding.internal.publisher;

import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Runs tasks on threads that it shares with others, and only so many at the same time. The others
 * wait, and begin in the order in which they came.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class LimitedExecutor implements Executor {
  private final Executor threads;
  private final int limit;
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private int running;

  /**
   * Creates an instance.
   *
   * @param limit the limit of tasks that run at the same time
   */
  LimitedExecutor(Executor threads, int limit) {
    this.threads = threads;
    this.limit = limit;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (this) {
      if (running == limit) {
        waiting.add(task);
        return;
      }
      running++;
    }
    start(task);
  }

  private void start(Runnable task) {
    boolean started = false;
    try {
      threads.execute(() -> runAll(task));
      started = true;
    } finally {
      if (!started) {
        synchronized (this) {
          running--;
        }
      }
    }
  }

  /** Runs a task, and then those that wait. */
  private void runAll(Runnable first) {
    boolean failed = true;
    try {
      for (Optional<Runnable> task = Optional.of(first); task.isPresent(); task = next()) {
        task.get().run();
      }
      failed = false;
    } finally {
      if (failed) {
        // The thread ends, and the tasks behind must not.
        next().ifPresent(this::start);
      }
    }
  }

  private synchronized Optional<Runnable> next() {
    Optional<Runnable> next = Optional.ofNullable(waiting.poll());
    if (next.isEmpty()) {
      running--;
    }
    return next;
  }
}
