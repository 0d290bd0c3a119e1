package org.perille.internal.handler;

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
import org.perille.internal.Pure;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.failure.UserCode;
import org.perille.internal.handler.Invoker.KeyBatchResult;
import org.perille.internal.limit.Limiter;

/**
 * Runs the handlers of one worker, within the limits and in the order of each ordering group.
 *
 * <p>No two concurrent invocations have messages of the same ordering group. A thread that has
 * finished an invocation takes the next one itself. Before it calls the handler it calls another
 * thread for the remaining messages. A fast handler therefore causes no thread switch per message,
 * since the other thread finds nothing left. A slow handler occupies only its own thread. A handler
 * that waits for a stage, such as a database call, occupies no thread.
 *
 * <p><b>Threading</b>: this object's lock guards all mutable state. It is never held while a
 * handler runs.
 */
@Pure
public final class HandlerPool {
  /** The outcome of an attempt. */
  public sealed interface AttemptOutcome {}

  /** The message is done. */
  public record Done(PendingDelivery delivery) implements AttemptOutcome {}

  /**
   * The attempt failed. The ordering group waits until it is withdrawn or the message is skipped.
   */
  public record Failed(PendingDelivery delivery, Throwable cause) implements AttemptOutcome {}

  /**
   * A failed message has no effect, and none can be recorded any more. The worker may record the
   * decision about it.
   */
  public record GivenUp(PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision)
      implements AttemptOutcome {}

  /**
   * The effect of a failed message can't be found out at the moment.
   *
   * @param cause of the failed attempt
   * @param unknown reason for which the effect isn't known
   */
  public record NotGivenUp(PendingDelivery delivery, Throwable cause, Throwable unknown)
      implements AttemptOutcome {}

  /** The pool can't go on. */
  public record Broken(Throwable cause) implements AttemptOutcome {}

  /**
   * The limits of a pool.
   *
   * @param parallelism the maximum number of concurrent invocations
   * @param limiter further limits, shared with other workers
   * @param deadline for an attempt; empty if there is none
   */
  public record PoolLimits(int parallelism, Limiter limiter, Optional<Duration> deadline) {}

  private final Executor executor;
  private final Invoker invoker;
  private final PoolLimits limits;
  private final Runnable outcomesReady;

  /** The callback by which the limiter identifies this pool. */
  private final Runnable limiterMayBeOpen = this::limiterMayBeOpen;

  private final KeyQueues<PendingDelivery> queues = new KeyQueues<>(PendingDelivery::alone);
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();

  /** The invocations under way, oldest first. */
  private final Set<Invocation> invocations = new LinkedHashSet<>();

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
  private boolean deferredForGood;
  private boolean paused;
  private boolean atLimiter;

  /**
   * Creates an empty pool.
   *
   * @param outcomesReady called when there are outcomes to take; not repeated until they are taken
   */
  public HandlerPool(
      Executor executor, Invoker invoker, PoolLimits limits, Runnable outcomesReady) {
    this.executor = executor;
    this.invoker = invoker;
    this.limits = limits;
    this.outcomesReady = outcomesReady;
  }

  public void add(List<PendingDelivery> messages) {
    synchronized (this) {
      messages.forEach(delivery -> queues.add(delivery.group(), delivery));
    }
    callRunner();
  }

  /** Releases the failed message of an ordering group and continues with the next one. */
  public void skip(String group) {
    synchronized (this) {
      queues.skip(group);
      completeIfQuiet();
    }
    callRunner();
  }

  /**
   * Ensures that no effect of a failed message can be recorded any more. Its ordering group waits
   * meanwhile.
   *
   * @param decision returned with the outcome
   * @return false if the invoker needs no such confirmation
   */
  public boolean giveUp(
      PendingDelivery delivery, Throwable cause, FailurePolicy.Decision decision) {
    if (!invoker.keepsEffects()) {
      return false;
    }
    synchronized (this) {
      if (closed) {
        // The message fails again in the next run of the worker.
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

  /** Runs a task on another thread. The caller has already taken a slot for it. */
  private void execute(Runnable task) {
    orBreakOff(() -> executor.execute(() -> orBreakOff(task)));
  }

  /**
   * Runs code of the pool that holds a slot. An error in it breaks the pool, so that the worker
   * restarts.
   *
   * <p>Such an error isn't a handler's, and the state of the pool is unknown. Without the restart
   * the worker would wait for a slot that is lost.
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

  /**
   * Removes an ordering group whose message has failed; returns the messages behind the failed one.
   */
  public synchronized List<PendingDelivery> withdraw(String group) {
    List<PendingDelivery> behind = queues.withdraw(group);
    completeIfQuiet();
    return behind;
  }

  /** Returns the messages behind the failed one of an ordering group. */
  public synchronized List<PendingDelivery> behind(String group) {
    return queues.behind(group);
  }

  /** Pauses or resumes the pool. A paused pool starts no handler. */
  public void pause(boolean isPaused) {
    synchronized (this) {
      paused = isPaused;
    }
    callRunner();
  }

  public synchronized List<AttemptOutcome> takeOutcomes() {
    List<AttemptOutcome> taken = outcomes;
    outcomes = new ArrayList<>();
    return taken;
  }

  /**
   * Closes the pool: no further handler starts. The stage completes when the running ones have
   * ended.
   */
  public synchronized CompletionStage<Void> close() {
    closed = true;
    completeIfQuiet();
    return quiet;
  }

  /**
   * Closes the pool of a worker that has ended, and returns the permits of invocations that only
   * wait.
   *
   * <p>The stages of those invocations may never complete, since the objects they wait for end with
   * the worker. A handler that occupies a thread keeps its permit until it returns.
   */
  public void leave() {
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

  /**
   * Drains the pool: handles its messages. The stage completes when none is left, or when the pool
   * is closed and no handler runs.
   */
  public synchronized CompletionStage<Void> drain() {
    draining = true;
    completeIfQuiet();
    return quiet;
  }

  /** Keeps held keys held: nobody decides about them any more, so a drain doesn't wait for them. */
  public synchronized void holdForGood() {
    deferredForGood = true;
    completeIfQuiet();
  }

  /** Closes the pool; returns the messages that no handler has received. */
  public synchronized List<PendingDelivery> takeUntried() {
    closed = true;
    return queues.takeWaiting();
  }

  /** Returns whether an invocation was ever abandoned. Its handler may run on for any time. */
  public synchronized boolean hasAbandoned() {
    return everAbandoned;
  }

  /** Returns the attempts that have run for longer than this duration. */
  public synchronized List<Invocation.Hanging> hanging(long nowNanos, Duration allowed) {
    return invocations.stream()
        .filter(invocation -> invocation.isOverdue(nowNanos, allowed.toNanos()))
        .map(invocation -> invocation.hanging(nowNanos))
        .toList();
  }

  /**
   * Abandons the invocations that have missed the deadline, if there is one. To be called
   * periodically.
   */
  public void abandonOverdue(long nowNanos) {
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

  /**
   * Records the outcomes of an abandoned invocation. If it has several messages, it isn't known
   * which one takes so long, so each unfinished one is retried alone.
   */
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

  /** Frees the slot of an abandoned invocation. */
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
      // Not a handler's error, since an invoker catches those. Nothing is known about the
      // invocation.
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
      // The limiter belongs to the node and outlives this pool.
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
   * Processes the results of an invocation.
   *
   * @return whether the thread that ran it may start another one
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

  /** Ends an abandoned invocation, whose outcome was reported before. */
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
