package org.perille.internal.handler;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.perille.internal.Pure;
import org.perille.internal.limit.Limiter;

/**
 * A call of the handler for messages of different ordering groups, and the right to commit for
 * them.
 *
 * <p>The right ends when the invocation is abandoned because it takes too long. It can't end during
 * a commit. A result that comes after the end has no effect.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
@Pure
public final class Invocation {
  private enum State {
    RUNNING,
    COMMITTING,
    ABANDONED,
    ENDED
  }

  /**
   * An attempt that has run for too long.
   *
   * @param together the number of messages of its invocation, itself included
   * @param thread that executes the handler; empty if only a stage is waited for
   * @param isNew whether it is reported for the first time
   */
  public record Hanging(
      PendingDelivery delivery,
      int together,
      Duration time,
      Optional<Thread> thread,
      boolean isNew) {}

  private final List<KeyQueues.KeyBatch<PendingDelivery>> runs;
  private final int size;
  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
  private volatile long sinceNanos;

  /** The message whose attempt began last; null before the first. */
  private volatile PendingDelivery current;

  /** The thread that executes the handler; null while only a stage is waited for. */
  private volatile Thread thread;

  /** The start of the attempt that was reported as hanging. Guarded by the pool's lock. */
  private long reportedSinceNanos;

  private boolean reported;
  private Limiter.Permit admission = new Limiter.Unlimited(0);

  /**
   * The messages that are durably done. Written by the committing thread, read after the right has
   * ended.
   */
  private final Set<PendingDelivery> done = Collections.newSetFromMap(new IdentityHashMap<>());

  Invocation(List<KeyQueues.KeyBatch<PendingDelivery>> runs) {
    this.runs = runs;
    // A loop: most invocations have one message, and creating a stream for it shows in profiles.
    int messages = 0;
    for (KeyQueues.KeyBatch<PendingDelivery> run : runs) {
      messages += run.messages().size();
    }
    this.size = messages;
  }

  List<KeyQueues.KeyBatch<PendingDelivery>> runs() {
    return runs;
  }

  /** Returns the number of messages. */
  int size() {
    return size;
  }

  /** Begins an attempt and starts its clock. */
  void begin(PendingDelivery delivery, long nowNanos) {
    sinceNanos = nowNanos;
    current = delivery;
  }

  /** Notes that the current thread enters the handler. */
  void enter() {
    thread = Thread.currentThread();
  }

  /** Notes that the thread has left the handler. */
  void leave() {
    thread = null;
  }

  /** Returns whether only a stage is waited for: no thread executes the handler. */
  boolean onlyWaits() {
    return thread == null;
  }

  /**
   * Returns whether the latest attempt began longer ago than this. Earlier attempts and preparation
   * don't count.
   */
  boolean isOverdue(long nowNanos, long allowedNanos) {
    return current != null && nowNanos - sinceNanos > allowedNanos;
  }

  /** Returns the overdue attempt. It is marked as new only once. */
  Hanging hanging(long nowNanos) {
    boolean isNew = !reported || reportedSinceNanos != sinceNanos;
    reported = true;
    reportedSinceNanos = sinceNanos;
    return new Hanging(
        current, size, Duration.ofNanos(nowNanos - sinceNanos), Optional.ofNullable(thread), isNew);
  }

  /**
   * Returns whether a commit may begin. If so, the invocation can't be abandoned until {@link
   * #committed} or {@link #rolledBack} is called.
   */
  boolean mayCommit() {
    return state.compareAndSet(State.RUNNING, State.COMMITTING);
  }

  /**
   * Ends a successful commit. When all messages are done, the invocation can't be abandoned any
   * more.
   */
  void committed(List<PendingDelivery> messages) {
    done.addAll(messages);
    state.compareAndSet(State.COMMITTING, done.size() == size ? State.ENDED : State.RUNNING);
  }

  /** Ends a commit without success. */
  void rolledBack() {
    state.compareAndSet(State.COMMITTING, State.RUNNING);
  }

  void admittedAs(Limiter.Permit run) {
    admission = run;
  }

  /**
   * Returns whether the invocation was abandoned. Then no further handler needs to be called for
   * it.
   */
  boolean isAbandoned() {
    return state.get() == State.ABANDONED;
  }

  /**
   * Checks, directly before a handler is called, that its outcome will count. Otherwise the message
   * may already be in another invocation, as its first attempt.
   *
   * @throws AbandonedException if the invocation was abandoned
   */
  void requireNotAbandoned() {
    if (isAbandoned()) {
      throw new AbandonedException();
    }
  }

  /**
   * Returns how many of the first messages of a batch were durably done before the invocation was
   * abandoned.
   */
  int doneOf(KeyQueues.KeyBatch<PendingDelivery> run) {
    return (int) run.messages().stream().takeWhile(done::contains).count();
  }

  /** Returns the permit to the limiter and reports the outcome. Later calls have no effect. */
  void leaveLimiter(int succeeded, int failed) {
    Limiter.Permit left;
    synchronized (this) {
      left = admission;
      admission = new Limiter.Unlimited(0);
    }
    left.leave(Math.max(0, left.messages() - size), succeeded, failed);
  }

  /** Ends the invocation; returns false if it had been abandoned before. */
  boolean end() {
    return state.getAndUpdate(was -> was == State.ABANDONED ? was : State.ENDED) != State.ABANDONED;
  }

  /** Abandons the invocation, unless it is committing or has ended; returns whether it did. */
  boolean abandon() {
    return state.compareAndSet(State.RUNNING, State.ABANDONED);
  }

  /** The failure of a handler that answers too late. It keeps the handler from committing. */
  static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedException() {
      super(
          "the attempt has missed its deadline and was abandoned: its effect is not committed",
          null,
          false,
          false);
    }
  }
}
