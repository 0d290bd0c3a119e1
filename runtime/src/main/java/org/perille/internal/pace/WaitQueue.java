package org.perille.internal.pace;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Workers that wait at a limiter, first come first served: what becomes free is kept for those who
 * were called, so that one who comes back all the time can't be faster than they are.
 *
 * <p>Who was called and doesn't come in time has nothing to do any more. Then nothing is kept for
 * it, and all others are called.
 */
final class WaitQueue {
  private final long patienceNanos;
  private final Set<Runnable> waiting = new LinkedHashSet<>();
  private final Map<Runnable, Long> calledAtNanos = new LinkedHashMap<>();

  WaitQueue(long patienceNanos) {
    this.patienceNanos = patienceNanos;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  boolean isCalled() {
    return !calledAtNanos.isEmpty();
  }

  /** For how many others something is kept. */
  int keptForOthers(Runnable worker) {
    return calledAtNanos.size() - (calledAtNanos.containsKey(worker) ? 1 : 0);
  }

  void served(Runnable worker) {
    calledAtNanos.remove(worker);
  }

  void join(Runnable worker) {
    calledAtNanos.remove(worker);
    waiting.add(worker);
  }

  /**
   * Whom to call.
   *
   * @param places for how many there is something
   */
  List<Runnable> call(int places, long nowNanos) {
    List<Runnable> called = new ArrayList<>();
    Iterator<Runnable> next = waiting.iterator();
    while (next.hasNext() && calledAtNanos.size() < places) {
      Runnable worker = next.next();
      next.remove();
      calledAtNanos.put(worker, nowNanos);
      called.add(worker);
    }
    return called;
  }

  /** Whom to call because others didn't come. */
  List<Runnable> callAllIfSomeDidNotCome(long nowNanos) {
    if (!calledAtNanos.values().removeIf(at -> nowNanos - at >= patienceNanos)) {
      return List.of();
    }
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }
}
