package org.perille.internal.limit;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A clock that the test advances, with the tasks that are due then. */
final class ManualTimer implements NodeLimiter.Timer {
  private record Task(long dueNanos, Runnable what) {}

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(Comparator.comparingLong(Task::dueNanos));
  private long nowNanos;
  private int ran;

  long nanoTime() {
    return nowNanos;
  }

  @Override
  public void after(Duration delay, Runnable task) {
    tasks.add(new Task(nowNanos + delay.toNanos(), task));
  }

  void advance(Duration time) {
    long until = nowNanos + time.toNanos();
    while (!tasks.isEmpty() && tasks.peek().dueNanos() <= until) {
      Task next = tasks.remove();
      nowNanos = Math.max(nowNanos, next.dueNanos());
      next.what().run();
      ran++;
    }
    nowNanos = until;
  }

  /** Returns the number of tasks that were started. */
  int ran() {
    return ran;
  }
}
