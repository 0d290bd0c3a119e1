package org.perille.internal.subscribe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.perille.DeadlineMissedException;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.UserCode;
import org.perille.internal.subscribe.Invoker.KeyBatchResult;

/**
 * Runs the handlers of one worker: a limited number at once, each for another ordering group, in
 * the order of each ordering group.
 *
 * <p>A thread that has finished a message takes the next one itself, and before it begins with one
 * it calls another thread for those that are left. So a quick handler costs no thread switch per
 * message: when the other one comes, there is nothing left. A slow one occupies one of the threads
 * and nothing else. A message that waits, for a database say, occupies none.
 *
 * <p>Everything mutable is guarded by this object's lock, which is never held while a handler runs.
 */
final class HandlerPool {
  /** What became of a message. */
  sealed interface AttemptOutcome {}

  /** It is handled. */
  record Done(PendingDelivery delivery) implements AttemptOutcome {}

  /** The attempt failed; its ordering group waits until it is withdrawn or skipped. */
  record Failed(PendingDelivery delivery, Throwable cause) implements AttemptOutcome {}

  /** What a message has left behind is certain, and it may be recorded what follows. */
  record GivenUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision)
      implements AttemptOutcome {}

  /**
   * What a message has left behind can't be found out at the moment.
   *
   * @param cause why the attempt failed
   * @param unknown why that isn't known
   */
  record NotGivenUp(PendingDelivery delivery, Throwable cause, Throwable unknown)
      implements AttemptOutcome {}

  /** The pool can't go on. */
  record Broken(Throwable cause) implements AttemptOutcome {}

  /**
   * How many handlers may run, and for how long.
   *
   * @param parallelism invocations at once
   * @param limiter what else limits them
   * @param deadline for an attempt, if there is one
   */
  record PoolLimits(int parallelism, Limiter limiter, Optional<Duration> deadline) {}

  private final Executor executor;
  private final Invoker invoker;
  private final PoolLimits limits;
  private final Runnable outcomesReady;

  /** The limiter knows this pool by it. */
  private final Runnable limiterMayBeOpen = this::limiterMayBeOpen;

  private final KeyQueues<PendingDelivery> queues = new KeyQueues<>(PendingDelivery::alone);
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();

  /** Rounds under way, the longest first. */
  private final Set<Invocation> invocations = new LinkedHashSet<>();

  private List<AttemptOutcome> outcomes = new ArrayList<>();
  private int running;

  /** One that was called, and hasn't come yet, is among the running. */
  private boolean called;

  /** Rounds that were given up, and run on beside those that count. */
  private int abandoned;

  private boolean everAbandoned;

  /** True if the worker has ended. */
  private boolean left;

  private boolean closed;
  private boolean draining;
  private boolean deferredForGood;
  private boolean paused;
  private boolean atLimiter;

  /**
   * A pool with nothing to do.
   *
   * @param outcomesReady called when there are outcomes to take, once until they are taken
   */
  HandlerPool(Executor executor, Invoker invoker, PoolLimits limits, Runnable outcomesReady) {
    this.executor = executor;
    this.invoker = invoker;
    this.limits = limits;
    this.outcomesReady = outcomesReady;
  }

  void add(List<PendingDelivery> messages) {
    synchronized (this) {
      messages.forEach(delivery -> queues.add(delivery.group(), delivery));
    }
    callRunner();
  }

  /** Releases the failed message of an ordering group, and goes on with the next one. */
  void skip(String group) {
    synchronized (this) {
      queues.skip(group);
      completeIfQuiet();
    }
    callRunner();
  }

  /**
   * Makes sure that nobody records an effect for a failed message any more, whose ordering group
   * waits meanwhile.
   *
   * @param decision comes back with the outcome
   * @return false if there is nothing to be made sure of
   */
  boolean giveUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision) {
    if (!invoker.keepsEffects()) {
      return false;
    }
    synchronized (this) {
      if (closed) {
        // It fails again in the worker's next life.
        return true;
      }
      running++;
    }
    execute(
        () -> {
          CompletionStage<?> unused =
              invoker
                  .giveUp(delivery)
                  .whenComplete(
                      (done, failure) ->
                          orBreakOff(() -> endGivingUp(delivery, cause, decision, done, failure)));
        });
    return true;
  }

  private void endGivingUp(
      PendingDelivery delivery,
      Throwable cause,
      FailurePolicy.Decision decision,
      Invoker.GivingUp done,
      Throwable failure) {
    boolean first;
    synchronized (this) {
      first = outcomes.isEmpty();
      if (failure != null) {
        breakOff(failure);
      } else if (done instanceof Invoker.GivingUp.Unknown unknown) {
        outcomes.add(new NotGivenUp(delivery, cause, unknown.cause()));
      } else if (done instanceof Invoker.GivingUp.Done) {
        queues.skip(delivery.group());
        outcomes.add(new Done(delivery));
      } else {
        outcomes.add(new GivenUp(delivery, cause, decision));
      }
    }
    if (first) {
      outcomesReady.run();
    }
    end();
    callRunner();
  }

  private void breakOff(Throwable failure) {
    closed = true;
    outcomes.add(new Broken(UserCode.unwrap(failure)));
  }

  /** Runs something on another thread, which has a slot already. */
  private void execute(Runnable task) {
    orBreakOff(() -> executor.execute(() -> orBreakOff(task)));
  }

  /**
   * Runs the pool's own code, which has a slot. An error out of it is none of a handler's: nobody
   * knows what is missing. So the pool is broken, and the worker restarts, instead of waiting for a
   * slot that is lost.
   */
  private void orBreakOff(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      synchronized (this) {
        called = false;
        breakOff(e);
        end();
      }
      outcomesReady.run();
    }
  }

  /** Takes an ordering group away whose message has failed, and gives what waits behind that. */
  synchronized List<PendingDelivery> withdraw(String group) {
    List<PendingDelivery> behind = queues.withdraw(group);
    completeIfQuiet();
    return behind;
  }

  /** Returns what waits behind the failed message of an ordering group. */
  synchronized List<PendingDelivery> behind(String group) {
    return queues.behind(group);
  }

  /** Begins nothing as long as it is paused. */
  void pause(boolean isPaused) {
    synchronized (this) {
      paused = isPaused;
    }
    callRunner();
  }

  synchronized List<AttemptOutcome> takeOutcomes() {
    List<AttemptOutcome> taken = outcomes;
    outcomes = new ArrayList<>();
    return taken;
  }

  /** Begins no further handler; the stage completes when those that run have ended. */
  synchronized CompletionStage<Void> close() {
    closed = true;
    completeIfQuiet();
    return quiet;
  }

  /**
   * Closes the pool of a worker that has ended, and gives back the node's permits of invocations
   * that only wait: their stages may never complete, since what they wait for ends with the worker.
   * A handler that a thread is in keeps its permit until it returns.
   */
  void leave() {
    List<Invocation> waiting;
    synchronized (this) {
      closed = true;
      left = true;
      waiting = invocations.stream().filter(Invocation::onlyWaits).toList();
      waiting.forEach(this::forget);
      completeIfQuiet();
    }
    waiting.forEach(invocation -> invocation.leaveLimiter(0, 0));
  }

  private void forget(Invocation invocation) {
    invocations.remove(invocation);
    if (invocation.abandon()) {
      giveSlotBack();
    }
  }

  /** Handles what it has; the stage completes when that is done, or when it is closed and quiet. */
  synchronized CompletionStage<Void> drain() {
    draining = true;
    completeIfQuiet();
    return quiet;
  }

  /** Whoever decides about held keys no longer can: a drain doesn't wait for them. */
  synchronized void holdForGood() {
    deferredForGood = true;
    completeIfQuiet();
  }

  /** Closes it, and gives what no handler has got. */
  synchronized List<PendingDelivery> takeUntried() {
    closed = true;
    return queues.takeWaiting();
  }

  /** Returns whether a handler was ever given up, which may go on for as long as it likes. */
  synchronized boolean hasAbandoned() {
    return everAbandoned;
  }

  /** Returns the attempts that have run for longer than this. */
  synchronized List<Invocation.Hanging> hanging(long nowNanos, Duration allowed) {
    return invocations.stream()
        .filter(invocation -> invocation.isOverdue(nowNanos, allowed.toNanos()))
        .map(invocation -> invocation.hanging(nowNanos))
        .toList();
  }

  /** Gives up what has missed its deadline, if there is one; to be called now and then. */
  void abandonOverdue(long nowNanos) {
    boolean first = false;
    long allowed = limits.deadline.map(Duration::toNanos).orElse(Long.MAX_VALUE);
    List<Invocation> overdue;
    synchronized (this) {
      overdue =
          invocations.stream()
              .filter(invocation -> invocation.isOverdue(nowNanos, allowed) && invocation.abandon())
              .toList();
      for (Invocation invocation : overdue) {
        invocations.remove(invocation);
        first |= abandon(invocation);
      }
      completeIfQuiet();
    }
    overdue.forEach(invocation -> invocation.leaveLimiter(0, invocation.size() == 1 ? 1 : 0));
    if (first) {
      outcomesReady.run();
    }
    if (!overdue.isEmpty()) {
      callRunner();
    }
  }

  /** Of several messages nobody knows which one takes so long: each is tried alone. */
  private boolean abandon(Invocation invocation) {
    giveSlotBack();
    boolean first = outcomes.isEmpty();
    for (KeyQueues.KeyBatch<PendingDelivery> run : invocation.runs()) {
      if (invocation.size() == 1) {
        outcomes.add(
            new Failed(
                run.messages().get(0),
                new DeadlineMissedException(
                    "the handler has not answered within the deadline of "
                        + limits.deadline.orElseThrow())));
        queues.finish(run.key(), 0, true);
      } else {
        int done = invocation.doneOf(run);
        run.messages().subList(0, done).forEach(delivery -> outcomes.add(new Done(delivery)));
        run.messages().subList(done, run.messages().size()).forEach(PendingDelivery::beAlone);
        queues.finish(run.key(), done, false);
      }
    }
    return first && !outcomes.isEmpty();
  }

  /** Frees the slot of a invocation that was abandoned. */
  private void giveSlotBack() {
    everAbandoned = true;
    abandoned++;
    if (abandoned <= limits.parallelism) {
      running--;
    }
  }

  private void callRunner() {
    synchronized (this) {
      if (called || !mayBegin()) {
        return;
      }
      called = true;
      running++;
    }
    execute(
        () -> {
          synchronized (this) {
            called = false;
          }
          runUntilIdle();
        });
  }

  private boolean mayBegin() {
    return !closed
        && !paused
        && !atLimiter
        && running < limits.parallelism
        && queues.readyKeys() > 0;
  }

  private void limiterMayBeOpen() {
    synchronized (this) {
      atLimiter = false;
    }
    callRunner();
  }

  private void runUntilIdle() {
    while (true) {
      Optional<Invocation> next = next();
      if (next.isEmpty()) {
        return;
      }
      callRunner();
      Invocation invocation = next.get();
      invocation.enter();
      CompletableFuture<List<KeyBatchResult>> results = invoke(invocation);
      invocation.leave();
      if (results.isDone()) {
        boolean goOn =
            results.isCompletedExceptionally()
                ? finish(invocation, List.of(), failureOf(results))
                : finish(invocation, results.join(), null);
        if (!goOn) {
          return;
        }
      } else if (!goOnBeside(invocation, results)) {
        return;
      }
    }
  }

  /** Returns whether this thread may begin another invocation while that one waits. */
  private boolean goOnBeside(Invocation invocation, CompletionStage<List<KeyBatchResult>> later) {
    CompletionStage<?> unused =
        later.whenComplete(
            (done, failure) ->
                orBreakOff(
                    () -> {
                      if (finish(invocation, done, failure)) {
                        end();
                        callRunner();
                      }
                    }));
    boolean another;
    boolean forgotten;
    synchronized (this) {
      another = mayBegin();
      running += another ? 1 : 0;
      forgotten = left && invocations.contains(invocation);
      if (forgotten) {
        forget(invocation);
      }
    }
    if (forgotten) {
      invocation.leaveLimiter(0, 0);
    }
    return another;
  }

  private synchronized void end() {
    running--;
    completeIfQuiet();
  }

  private static Throwable failureOf(CompletableFuture<?> results) {
    try {
      results.join();
      throw new IllegalStateException("completed without a failure");
    } catch (CompletionException e) {
      return e.getCause();
    }
  }

  private CompletableFuture<List<KeyBatchResult>> invoke(Invocation invocation) {
    try {
      return invoker.invoke(invocation).toCompletableFuture();
    } catch (Throwable e) {
      // Not a handler's: an invoker keeps those. So nothing is known of the invocation.
      return CompletableFuture.failedFuture(e);
    }
  }

  private synchronized Optional<Invocation> next() {
    int wanted =
        closed || paused || atLimiter
            ? 0
            : queues.takeable(invoker.maxKeys(), Math.max(1, invoker.maxMessages()));
    Optional<Limiter.Permit> allowed =
        wanted == 0 ? Optional.empty() : limits.limiter.enter(wanted, limiterMayBeOpen);
    if (allowed.isEmpty()) {
      atLimiter |= wanted > 0;
      running--;
      completeIfQuiet();
      return Optional.empty();
    }
    return Optional.of(take(allowed.get()));
  }

  private Invocation take(Limiter.Permit allowed) {
    try {
      Invocation invocation = new Invocation(queues.take(invoker.maxKeys(), allowed.messages()));
      invocation.admittedAs(allowed);
      invocations.add(invocation);
      return invocation;
    } catch (Throwable e) {
      // The limiter is the node's, and outlives this pool.
      allowed.leave(allowed.messages(), 0, 0);
      throw e;
    }
  }

  private void completeIfQuiet() {
    if (running == 0 && (closed || (draining && isDrained()))) {
      quiet.complete(null);
    }
  }

  private boolean isDrained() {
    return deferredForGood ? queues.readyKeys() == 0 : queues.isEmpty();
  }

  /**
   * Takes what came of a invocation.
   *
   * @return whether the thread that ran it may go on with another one
   */
  private boolean finish(Invocation invocation, List<KeyBatchResult> results, Throwable failure) {
    boolean first;
    boolean inLimiter = false;
    int succeeded = 0;
    int failed = 0;
    try {
      synchronized (this) {
        invocations.remove(invocation);
        if (!invocation.end()) {
          return endAbandoned();
        }
        inLimiter = true;
        first = outcomes.isEmpty();
        if (failure == null) {
          for (int i = 0; i < invocation.runs().size(); i++) {
            KeyBatchResult result = results.get(i);
            succeeded += result.done();
            failed += counts(result) ? 1 : 0;
            finish(invocation.runs().get(i), result);
          }
        } else {
          breakOff(failure);
        }
      }
    } finally {
      if (inLimiter) {
        invocation.leaveLimiter(succeeded, failed);
      }
    }
    if (first) {
      outcomesReady.run();
    }
    return true;
  }

  private boolean counts(KeyBatchResult result) {
    return result.failure().map(FailurePolicy::countsForBreaker).orElse(false);
  }

  /** Its outcome was reported when it was given up. */
  private boolean endAbandoned() {
    boolean hadNoSlot = abandoned <= limits.parallelism;
    abandoned--;
    return !hadNoSlot;
  }

  private void finish(KeyQueues.KeyBatch<PendingDelivery> run, KeyBatchResult result) {
    Optional<Throwable> failure = result.failure();
    for (int i = 0; i < result.done(); i++) {
      outcomes.add(new Done(run.messages().get(i)));
    }
    failure.ifPresent(cause -> outcomes.add(new Failed(run.messages().get(result.done()), cause)));
    queues.finish(run.key(), result.done(), failure.isPresent());
  }
}
