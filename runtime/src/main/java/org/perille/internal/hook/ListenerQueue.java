package org.perille.internal.hook;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.perille.PerilleListener;
import org.perille.internal.failure.UserCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events for one listener, and the thread that reports them.
 *
 * <p>The listener may block or fail for ever. Then its queue is full, and events are counted.
 *
 * <p>After its latest event the thread rests, so that a busy node wakes it some hundred times a
 * second and not for each event. That wake-up would cost more than the event.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class ListenerQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ListenerQueue.class);

  /** The limit of events that wait: about a second of batches under full load. */
  static final int MAX_EVENTS = 10_000;

  /** The rest of the thread, in which as many events come as the queue can take. */
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /** Wakes the thread when the queue is closed. */
  private static final ListenerEvent END = listener -> {};

  private final PerilleListener listener;
  private final BlockingQueue<ListenerEvent> events = new ArrayBlockingQueue<>(MAX_EVENTS);
  private final AtomicLong missed = new AtomicLong();
  private final FailureLogger failures = new FailureLogger();
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean closed;

  ListenerQueue(PerilleListener listener) {
    this.listener = listener;
  }

  /** Adds an event, or counts it if there is no space. Never blocks. */
  void offer(ListenerEvent event) {
    if (closed || !events.offer(event)) {
      missed.incrementAndGet();
    }
    // Not before the first event: a node that is created and never started leaves no thread.
    if (!started.get() && started.compareAndSet(false, true)) {
      start();
    }
  }

  private void start() {
    try {
      Thread thread = new Thread(this::run, "perille-listener");
      thread.setDaemon(true);
      thread.start();
    } catch (Throwable e) {
      // The machine has no thread now. The next event tries again.
      started.set(false);
      throw e;
    }
  }

  private void run() {
    // Events from before the end are reported. If the queue was full, there is no END in it.
    while (!closed || !events.isEmpty()) {
      ListenerEvent event = next();
      long count = missed.getAndSet(0);
      if (count > 0) {
        call(behind -> behind.missed(count));
      }
      call(event);
      if (events.isEmpty() && !closed) {
        LockSupport.parkNanos(REST_NANOS);
      }
    }
  }

  private ListenerEvent next() {
    while (true) {
      try {
        return events.take();
      } catch (InterruptedException e) {
        LOG.debug("The application has interrupted the thread of its listener", e);
      }
    }
  }

  private void call(ListenerEvent event) {
    try {
      event.report(listener);
    } catch (Throwable e) {
      failures.log(listener.getClass().getName(), e);
    } finally {
      UserCode.clearInterrupt();
    }
  }

  @Override
  public void close() {
    closed = true;
    boolean unused = events.offer(END);
  }
}
