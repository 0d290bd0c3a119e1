package org.perille.internal.limit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.perille.CircuitBreaker;
import org.perille.Limits;
import org.perille.PerilleListener.LimitsProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limiter of a subscription on a node: a {@link Throttle} and the queue of waiting workers.
 *
 * <p>This object's lock guards all mutable state. Another thread calls waiting workers back,
 * without holding the lock. A worker may hold a lock of its own while it asks, so a call under this
 * lock could cause a deadlock.
 */
public final class NodeLimiter implements Limiter {
  private static final Logger LOG = LoggerFactory.getLogger(NodeLimiter.class);

  /** The time within which a called worker must ask again, on a busy machine. */
  private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  /**
   * The minimum delay of a timer. Timers aren't more exact, and a rounded delay that is too short
   * must not cause a busy loop.
   */
  private static final long LEAST_DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** Runs a task once, after a delay. */
  @FunctionalInterface
  public interface Timer {
    void after(Duration delay, Runnable task);
  }

  private final String subscription;
  private final LongSupplier nanoClock;
  private final Timer timer;
  private final Executor callbacks;
  private final Throttle throttle;
  private final WaitQueue line = new WaitQueue(PATIENCE_NANOS);
  private long opened;
  private boolean tickPending;
  private long tickDueNanos;

  /**
   * Creates a limiter.
   *
   * @param subscription its name, human-readable
   * @param callbacks executes the callbacks of waiting workers
   */
  public NodeLimiter(
      String subscription,
      Limits limits,
      Optional<CircuitBreaker> breaker,
      LongSupplier nanoClock,
      Timer timer,
      Executor callbacks) {
    this.subscription = subscription;
    this.nanoClock = nanoClock;
    this.timer = timer;
    this.callbacks = callbacks;
    this.throttle = new Throttle(limits, breaker, nanoClock.getAsLong());
  }

  private final class Admitted implements Permit {
    private final int messages;
    private final long ticket;
    private final AtomicBoolean left = new AtomicBoolean();

    Admitted(int messages, long ticket) {
      this.messages = messages;
      this.ticket = ticket;
    }

    @Override
    public int messages() {
      return messages;
    }

    @Override
    public void leave(int unused, int succeeded, int failed) {
      if (unused < 0 || succeeded < 0 || failed < 0 || unused + succeeded + failed > messages) {
        throw new IllegalArgumentException(
            "a permit for %d messages can't be returned with %d unused, %d succeeded and %d failed"
                .formatted(messages, unused, succeeded, failed));
      }
      if (!left.compareAndSet(false, true)) {
        throw new IllegalStateException("a permit of %s is returned twice".formatted(subscription));
      }
      NodeLimiter.this.leave(ticket, unused, succeeded, failed);
    }
  }

  @Override
  public synchronized Optional<Permit> enter(int messages, Runnable whenWorthAsking) {
    long now = nanoClock.getAsLong();
    int kept = line.keptForOthers(whenWorthAsking);
    if (throttle.runs(now) > kept) {
      line.served(whenWorthAsking);
      int given = Math.min(messages, throttle.messages(now) - kept);
      Permit run = new Admitted(given, throttle.begin(given, now));
      callWhenWorthIt(now);
      return Optional.of(run);
    }
    throttle.noteRefusal(now);
    line.join(whenWorthAsking);
    callWhenWorthIt(now);
    return Optional.empty();
  }

  private void leave(long ticket, int unused, int succeeded, int failed) {
    Breaker.Change change;
    String description;
    synchronized (this) {
      long now = nanoClock.getAsLong();
      change = throttle.end(ticket, unused, succeeded, failed, now);
      description = change == Breaker.Change.OPENED ? throttle.describe(now) : "";
      opened += change == Breaker.Change.OPENED ? 1 : 0;
      callWhenWorthIt(now);
    }
    if (change == Breaker.Change.OPENED) {
      LOG.warn("{} starts no handlers on this node: {}", subscription, description);
    } else if (change == Breaker.Change.CLOSED) {
      LOG.info(
          "{} starts handlers on this node again: the probe of its circuit breaker succeeded",
          subscription);
    }
  }

  private void callWhenWorthIt(long now) {
    if (!line.isEmpty()) {
      line.call(throttle.runs(now), now).forEach(callbacks::execute);
    }
    if (line.isCalled()) {
      tickAt(now + PATIENCE_NANOS, now);
    } else if (!line.isEmpty()) {
      long wait = throttle.nanosUntilRun(now);
      if (wait < Long.MAX_VALUE) {
        tickAt(now + Math.max(wait, LEAST_DELAY_NANOS), now);
      }
    }
  }

  private void tickAt(long due, long now) {
    if (!tickPending || due - tickDueNanos < 0) {
      tickPending = true;
      tickDueNanos = due;
      timer.after(Duration.ofNanos(due - now), () -> tick(due));
    }
  }

  private synchronized void tick(long due) {
    if (tickDueNanos == due) {
      tickPending = false;
    }
    long now = nanoClock.getAsLong();
    line.callAllIfSomeDidNotCome(now).forEach(callbacks::execute);
    callWhenWorthIt(now);
  }

  /**
   * Returns the next report to the coordinator. Answers to earlier reports are void from now on.
   */
  synchronized LeaseReport report(String node) {
    return throttle.report(node, !line.isEmpty(), nanoClock.getAsLong());
  }

  /** Stores the coordinator's answer; returns false if it has come too late. */
  synchronized boolean take(LeaseGranted answer) {
    long now = nanoClock.getAsLong();
    boolean taken = throttle.take(answer, now);
    if (taken) {
      callWhenWorthIt(now);
    }
    return taken;
  }

  /** Returns the limits and the use of them, for listeners. Each opening is in one result. */
  public synchronized LimitsProgress progress(String topic, String name) {
    long now = nanoClock.getAsLong();
    long openedSince = opened;
    opened = 0;
    return new LimitsProgress(
        topic,
        name,
        throttle.inUse(),
        throttle.permits(now),
        throttle.rate(now),
        throttle.breakerState(),
        openedSince);
  }

  @Override
  public synchronized String describe() {
    return throttle.describe(nanoClock.getAsLong());
  }
}
