package org.perille.internal.handler;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.perille.DeadlineMissedException;
import org.perille.internal.Pure;
import org.perille.internal.failure.UserCode;
import org.perille.internal.handler.Invoker.KeyBatchResult;
import org.perille.internal.limit.Limiter;

/**
 * The messages, slots and invocations of a pool, and the outcomes that its worker hasn't taken.
 *
 * <p>A slot is a part of the parallelism. An invocation has one until it ends or is abandoned, and
 * so has a thread that was called and hasn't begun.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. A caller that needs several steps at
 * once holds the monitor of this object.
 */
@Pure
final class PoolState {
  private final int parallelism;
  private final KeyQueues<PendingDelivery> queues = new KeyQueues<>(PendingDelivery::alone);

  /** The invocations under way, oldest first. */
  private final Set<Invocation> invocations = new LinkedHashSet<>();

  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private List<AttemptOutcome> outcomes = new ArrayList<>();
  private int running;

  /** True if a thread was called and hasn't started yet. It is counted in {@link #running}. */
  private boolean called;

  /** The number of abandoned invocations that still run. */
  private int abandoned;

  private boolean everAbandoned;

  /** True if the worker has ended. */
  private boolean left;

  private boolean closed;
  private boolean draining;
  private boolean heldForGood;
  private boolean paused;
  private boolean atLimiter;

  /**
   * Creates the state of an empty pool.
   *
   * @param parallelism the maximum number of concurrent invocations
   */
  PoolState(int parallelism) {
    this.parallelism = parallelism;
  }

  /** Returns the number of invocations under way, including abandoned ones. */
  synchronized int calls() {
    return invocations.size() + abandoned;
  }

  synchronized void add(List<PendingDelivery> messages) {
    messages.forEach(delivery -> queues.add(delivery.group(), delivery));
  }

  /** Releases the failed message of an ordering group. */
  synchronized void skip(String group) {
    queues.skip(group);
    completeIfQuiet();
  }

  /** Removes an ordering group; returns the messages behind its failed one. */
  synchronized List<PendingDelivery> withdraw(String group) {
    List<PendingDelivery> behind = queues.withdraw(group);
    completeIfQuiet();
    return behind;
  }

  /** Returns the messages behind the failed one of an ordering group. */
  synchronized List<PendingDelivery> behind(String group) {
    return queues.behind(group);
  }

  /** Closes the pool; returns the messages that no handler has received. */
  synchronized List<PendingDelivery> takeUntried() {
    closed = true;
    return queues.takeWaiting();
  }

  synchronized void pause(boolean isPaused) {
    paused = isPaused;
  }

  synchronized void close() {
    closed = true;
    completeIfQuiet();
  }

  synchronized void drain() {
    draining = true;
    completeIfQuiet();
  }

  synchronized void holdForGood() {
    heldForGood = true;
    completeIfQuiet();
  }

  synchronized void limiterMayBeOpen() {
    atLimiter = false;
  }

  /** Returns a stage that completes when nothing runs and nothing more will. */
  CompletionStage<Void> quiet() {
    return quiet;
  }

  private void completeIfQuiet() {
    if (running == 0 && (closed || (draining && isDrained()))) {
      quiet.complete(null);
    }
  }

  private boolean isDrained() {
    return heldForGood ? queues.readyKeys() == 0 : queues.isEmpty();
  }

  synchronized boolean hasOutcomes() {
    return !outcomes.isEmpty();
  }

  synchronized List<AttemptOutcome> takeOutcomes() {
    List<AttemptOutcome> taken = outcomes;
    outcomes = new ArrayList<>();
    return taken;
  }

  synchronized void add(AttemptOutcome outcome) {
    outcomes.add(outcome);
  }

  /** Closes the pool because of a failure that isn't a handler's. */
  synchronized void breakOff(Throwable failure) {
    closed = true;
    outcomes.add(new AttemptOutcome.Broken(UserCode.unwrap(failure)));
  }

  /** Takes a slot for giving up a message; returns false if the pool is closed. */
  synchronized boolean takeSlotUnlessClosed() {
    if (!closed) {
      running++;
    }
    return !closed;
  }

  /** Takes a slot for another thread; returns false if it would have nothing to do. */
  synchronized boolean callThread() {
    if (called || !mayBegin()) {
      return false;
    }
    called = true;
    running++;
    return true;
  }

  synchronized void threadStarted() {
    called = false;
  }

  private boolean mayBegin() {
    return !closed && !paused && !atLimiter && running < parallelism && queues.readyKeys() > 0;
  }

  /** Takes a slot for a thread whose invocation waits; returns false if there is nothing to do. */
  synchronized boolean takeSlotBeside() {
    boolean another = mayBegin();
    running += another ? 1 : 0;
    return another;
  }

  synchronized void giveSlotBack() {
    running--;
    completeIfQuiet();
  }

  /** Returns the number of messages for which the limiter is to be asked. */
  synchronized int wanted(int maxKeys, int maxMessages) {
    return closed || paused || atLimiter ? 0 : queues.takeable(maxKeys, maxMessages);
  }

  /** Frees the slot of a thread that has nothing to do, or has to wait for the limiter. */
  synchronized void nothingBegun(boolean isAtLimiter) {
    atLimiter |= isAtLimiter;
    giveSlotBack();
  }

  /** Begins an invocation. */
  synchronized Invocation begin(int maxKeys, Limiter.Permit allowed) {
    Invocation invocation = new Invocation(queues.take(maxKeys, allowed.messages()));
    invocation.admittedAs(allowed);
    invocations.add(invocation);
    return invocation;
  }

  /**
   * Ends an invocation.
   *
   * @return false if it was abandoned, and its outcomes were reported before
   */
  synchronized boolean end(Invocation invocation) {
    invocations.remove(invocation);
    return invocation.end();
  }

  /**
   * Ends an abandoned invocation.
   *
   * @return whether its thread has a slot
   */
  synchronized boolean endAbandoned() {
    boolean hadNoSlot = abandoned <= parallelism;
    abandoned--;
    return !hadNoSlot;
  }

  /** Adds the outcomes of an ordering group in an invocation. */
  synchronized void finish(KeyQueues.KeyBatch<PendingDelivery> run, KeyBatchResult result) {
    Optional<Throwable> failure = result.failure();
    for (int i = 0; i < result.done(); i++) {
      outcomes.add(new AttemptOutcome.Done(run.messages().get(i)));
    }
    failure.ifPresent(
        cause -> outcomes.add(new AttemptOutcome.Failed(run.messages().get(result.done()), cause)));
    queues.finish(run.key(), result.done(), failure.isPresent());
  }

  /** Abandons the invocations that have run for longer than allowed, and returns them. */
  synchronized List<Invocation> abandonOverdue(long nowNanos, Duration allowed) {
    List<Invocation> overdue =
        invocations.stream()
            .filter(
                invocation ->
                    invocation.isOverdue(nowNanos, allowed.toNanos()) && invocation.abandon())
            .toList();
    for (Invocation invocation : overdue) {
      invocations.remove(invocation);
      giveSlotOfAbandonedBack();
      invocation.runs().forEach(run -> abandon(invocation, run, allowed));
    }
    completeIfQuiet();
    return overdue;
  }

  /**
   * Adds the outcomes of an abandoned invocation. If it has several messages, it isn't known which
   * one takes so long, so each unfinished one is retried alone.
   */
  private void abandon(
      Invocation invocation, KeyQueues.KeyBatch<PendingDelivery> run, Duration deadline) {
    if (invocation.size() == 1) {
      outcomes.add(
          new AttemptOutcome.Failed(
              run.messages().get(0),
              new DeadlineMissedException(
                  "the handler has not answered within the deadline of " + deadline)));
      queues.finish(run.key(), 0, true);
    } else {
      int done = invocation.doneOf(run);
      run.messages()
          .subList(0, done)
          .forEach(delivery -> outcomes.add(new AttemptOutcome.Done(delivery)));
      run.messages().subList(done, run.messages().size()).forEach(PendingDelivery::beAlone);
      queues.finish(run.key(), done, false);
    }
  }

  /** Frees the slot of an abandoned invocation. */
  private void giveSlotOfAbandonedBack() {
    everAbandoned = true;
    abandoned++;
    if (abandoned <= parallelism) {
      running--;
    }
  }

  /** Closes the pool of a worker that has ended; returns the invocations that only wait. */
  synchronized List<Invocation> leave() {
    closed = true;
    left = true;
    List<Invocation> waiting = invocations.stream().filter(Invocation::onlyWaits).toList();
    waiting.forEach(this::forget);
    completeIfQuiet();
    return waiting;
  }

  /** Forgets an invocation that has begun to wait; returns false if the worker hasn't ended. */
  synchronized boolean forgetIfLeft(Invocation invocation) {
    boolean forgotten = left && invocations.contains(invocation);
    if (forgotten) {
      forget(invocation);
    }
    return forgotten;
  }

  private void forget(Invocation invocation) {
    invocations.remove(invocation);
    if (invocation.abandon()) {
      giveSlotOfAbandonedBack();
    }
  }

  /** Returns whether no message is here, and nothing runs. */
  synchronized boolean isIdle() {
    return queues.isEmpty() && invocations.isEmpty() && running == 0;
  }

  synchronized boolean hasAbandoned() {
    return everAbandoned;
  }

  synchronized List<Invocation.Hanging> hanging(long nowNanos, Duration allowed) {
    return invocations.stream()
        .filter(invocation -> invocation.isOverdue(nowNanos, allowed.toNanos()))
        .map(invocation -> invocation.hanging(nowNanos))
        .toList();
  }
}
