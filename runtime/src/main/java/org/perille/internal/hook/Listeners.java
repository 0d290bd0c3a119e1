package org.perille.internal.hook;

import java.util.List;
import java.util.function.Supplier;
import org.perille.PerilleListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of a node.
 *
 * <p>Callers create events in a supplier, or ask {@link #areNone} first, so that nothing is
 * allocated when there is no listener.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. Never blocks, never throws.
 */
public final class Listeners implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);

  /** No listeners. */
  public static final Listeners NONE = new Listeners(List.of());

  private final ListenerQueue[] queues;

  private Listeners(List<ListenerQueue> queues) {
    this.queues = queues.toArray(ListenerQueue[]::new);
  }

  /** Returns the listeners, each behind a queue and a thread of its own. */
  public static Listeners of(List<PerilleListener> listeners) {
    return listeners.isEmpty()
        ? NONE
        : new Listeners(listeners.stream().map(ListenerQueue::new).toList());
  }

  /** Returns whether there are none, and no event is needed. */
  public boolean areNone() {
    return queues.length == 0;
  }

  /** Reports an event, unless there are no listeners. */
  public void report(Supplier<ListenerEvent> event) {
    if (queues.length == 0) {
      return;
    }
    try {
      ListenerEvent created = event.get();
      for (ListenerQueue queue : queues) {
        queue.offer(created);
      }
    } catch (Throwable e) {
      // No memory, stack or thread is left. What was to be reported goes on.
      LOG.debug("An event was not reported", e);
    }
  }

  /** Ends the threads when they have reported what is in the queues. */
  @Override
  public void close() {
    for (ListenerQueue queue : queues) {
      queue.close();
    }
  }
}
