package org.perille.internal.limit;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.perille.internal.Pure;

/**
 * The workers that wait at a limiter, first come, first served.
 *
 * <p>Free capacity is reserved for the workers that were called, so that a worker that asks again
 * all the time can't overtake them. If a called worker doesn't ask in time it has nothing to do any
 * more. Then its reservation ends, and all waiting workers are called.
 */
@Pure
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

  /** Returns the number of other workers for which capacity is reserved. */
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
   * Returns the workers to call, and reserves capacity for them.
   *
   * @param places the number of workers for which there is capacity
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

  /** Returns the workers to call because a called worker didn't ask in time. */
  List<Runnable> callAllIfSomeDidNotCome(long nowNanos) {
    if (!calledAtNanos.values().removeIf(at -> nowNanos - at >= patienceNanos)) {
      return List.of();
    }
    List<Runnable> all = List.copyOf(waiting);
    waiting.clear();
    return all;
  }
}
