package org.perille.internal.subscribe;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Messages of different ordering groups that a handler was given, and the right to make something
 * durable for them: it ends when the invocation has taken too long, unless it is just being used.
 * What a handler does later counts for nothing.
 *
 * <p><b>Threading</b>: safe for use by any number of threads.
 */
final class Invocation {
  private enum State {
    RUNNING,
    COMMITTING,
    ABANDONED,
    ENDED
  }

  /**
   * An attempt that has run for longer than it should.
   *
   * @param together messages of its invocation, itself included
   * @param thread that is in the handler; empty if its stage is waited for
   * @param isNew whether nobody has asked since it has
   */
  record Hanging(
      PendingDelivery delivery,
      int together,
      Duration time,
      Optional<Thread> thread,
      boolean isNew) {}

  private final List<KeyQueues.KeyBatch<PendingDelivery>> runs;
  private final int size;
  private final AtomicReference<State> state = new AtomicReference<>(State.RUNNING);
  private volatile long sinceNanos;

  /** The message whose attempt began last; null before the first one. */
  private volatile PendingDelivery current;

  /** The thread that is in the handler; null while only a stage is waited for. */
  private volatile Thread thread;

  /** The beginning of the attempt that was reported as hanging; used under the pool's lock. */
  private long reportedSinceNanos;

  private boolean reported;
  private Limiter.Permit admission = new Limiter.Unlimited(0);

  /** Messages that are durably done; written by who commits, read by who has ended the right. */
  private final Set<PendingDelivery> done = Collections.newSetFromMap(new IdentityHashMap<>());

  Invocation(List<KeyQueues.KeyBatch<PendingDelivery>> runs) {
    this.runs = runs;
    // A loop, as most invocations have one message: making a stream for it shows in profiles.
    int messages = 0;
    for (KeyQueues.KeyBatch<PendingDelivery> run : runs) {
      messages += run.messages().size();
    }
    this.size = messages;
  }

  List<KeyQueues.KeyBatch<PendingDelivery>> runs() {
    return runs;
  }

  /** How many messages it has. */
  int size() {
    return size;
  }

  /** An attempt begins: the time counts from here. */
  void begin(PendingDelivery delivery, long nowNanos) {
    sinceNanos = nowNanos;
    current = delivery;
  }

  /** The current thread enters the handler. */
  void enter() {
    thread = Thread.currentThread();
  }

  /** The thread has left the handler. */
  void leave() {
    thread = null;
  }

  /** Returns whether no thread is in the handler: a stage is waited for. */
  boolean onlyWaits() {
    return thread == null;
  }

  /**
   * Returns whether the latest attempt began longer ago than this; what comes before it isn't
   * counted.
   */
  boolean isOverdue(long nowNanos, long allowedNanos) {
    return current != null && nowNanos - sinceNanos > allowedNanos;
  }

  /** The attempt that has run for so long, which is overdue; whether it is new is said once. */
  Hanging hanging(long nowNanos) {
    boolean isNew = !reported || reportedSinceNanos != sinceNanos;
    reported = true;
    reportedSinceNanos = sinceNanos;
    return new Hanging(
        current, size, Duration.ofNanos(nowNanos - sinceNanos), Optional.ofNullable(thread), isNew);
  }

  /**
   * Whether something may be made durable now; then it isn't abandoned until it is {@link
   * #committed} or {@link #rolledBack}.
   */
  boolean mayCommit() {
    return state.compareAndSet(State.RUNNING, State.COMMITTING);
  }

  /** What was to be made durable is: it can't be abandoned any more. */
  void committed(List<PendingDelivery> messages) {
    done.addAll(messages);
    state.compareAndSet(State.COMMITTING, done.size() == size ? State.ENDED : State.RUNNING);
  }

  /** What was to be made durable is not. */
  void rolledBack() {
    state.compareAndSet(State.COMMITTING, State.RUNNING);
  }

  void admittedAs(Limiter.Permit run) {
    admission = run;
  }

  /** Returns whether it has taken too long: no further handler needs to be called for it. */
  boolean isAbandoned() {
    return state.get() == State.ABANDONED;
  }

  /**
   * Checks, directly before a handler is called, that its outcome will count. The message may be in
   * another invocation otherwise, as its first attempt.
   *
   * @throws AbandonedException if the invocation has taken too long
   */
  void requireNotAbandoned() {
    if (isAbandoned()) {
      throw new AbandonedException();
    }
  }

  /**
   * How many of the first messages of a run were durably done before the invocation was abandoned.
   */
  int doneOf(KeyQueues.KeyBatch<PendingDelivery> run) {
    return (int) run.messages().stream().takeWhile(done::contains).count();
  }

  /** Reports the outcome to the limiter, and leaves it. Later calls have no effect. */
  void leaveLimiter(int succeeded, int failed) {
    Limiter.Permit left;
    synchronized (this) {
      left = admission;
      admission = new Limiter.Unlimited(0);
    }
    left.leave(Math.max(0, left.messages() - size), succeeded, failed);
  }

  /** The handlers have ended; false if it had been abandoned before. */
  boolean end() {
    return state.getAndUpdate(was -> was == State.ABANDONED ? was : State.ENDED) != State.ABANDONED;
  }

  /** Ends the right, unless it is just being used. */
  boolean abandon() {
    return state.compareAndSet(State.RUNNING, State.ABANDONED);
  }

  /** Keeps a handler that answers too late from making anything durable. */
  static final class AbandonedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    AbandonedException() {
      super(
          "the attempt has missed its deadline and was given up: nothing of it is made durable",
          null,
          false,
          false);
    }
  }
}
