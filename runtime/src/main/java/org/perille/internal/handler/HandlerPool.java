package org.perille.internal.handler;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.perille.internal.Pure;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.limit.Limiter;

/**
 * Runs the handlers of one worker, within the limits and in the order of each ordering group.
 *
 * <p>No two concurrent invocations have messages of the same ordering group.
 *
 * <p><b>Threading</b>: safe for use by any number of threads. No lock is held while a handler runs.
 */
@Pure
public final class HandlerPool {
  /**
   * The limits of a pool.
   *
   * @param parallelism the maximum number of concurrent invocations
   * @param limiter further limits, shared with other workers
   * @param deadline for an attempt; empty if there is none
   */
  public record PoolLimits(int parallelism, Limiter limiter, Optional<Duration> deadline) {}

  private final Invoker invoker;
  private final Optional<Duration> deadline;
  private final Runnable outcomesReady;
  private final PoolState state;
  private final PoolThreads threads;

  /**
   * Creates an empty pool.
   *
   * @param outcomesReady called when there are outcomes to take; not repeated until they are taken
   */
  public HandlerPool(
      Executor executor, Invoker invoker, PoolLimits limits, Runnable outcomesReady) {
    this.invoker = invoker;
    this.deadline = limits.deadline;
    this.outcomesReady = outcomesReady;
    this.state = new PoolState(limits.parallelism);
    this.threads = new PoolThreads(executor, invoker, limits.limiter, state, outcomesReady);
  }

  /** Adds messages behind those of their ordering groups. */
  public void add(List<PendingDelivery> messages) {
    state.add(messages);
    threads.call();
  }

  /** Releases the failed message of an ordering group and continues with the next one. */
  public void skip(String group) {
    state.skip(group);
    threads.call();
  }

  /**
   * Removes an ordering group whose message has failed; returns the messages behind the failed one.
   */
  public List<PendingDelivery> withdraw(String group) {
    return state.withdraw(group);
  }

  /** Returns the messages behind the failed one of an ordering group. */
  public List<PendingDelivery> behind(String group) {
    return state.behind(group);
  }

  /** Pauses or resumes the pool. A paused pool starts no handler. */
  public void pause(boolean isPaused) {
    state.pause(isPaused);
    threads.call();
  }

  /** Returns the number of calls that run. */
  public int calls() {
    return state.calls();
  }

  /** Returns the outcomes since the last call. */
  public List<AttemptOutcome> takeOutcomes() {
    return state.takeOutcomes();
  }

  /**
   * Closes the pool: no further handler starts. The stage completes when the running ones have
   * ended.
   */
  public CompletionStage<Void> close() {
    state.close();
    return state.quiet();
  }

  /**
   * Closes the pool of a worker that has ended, and returns the permits of invocations that only
   * wait.
   *
   * <p>The stages of those invocations may never complete, since the objects they wait for end with
   * the worker. A handler that occupies a thread keeps its permit until it returns.
   */
  public void leave() {
    state.leave().forEach(invocation -> invocation.leaveLimiter(0, 0));
  }

  /**
   * Drains the pool: handles its messages. The stage completes when none is left, or when the pool
   * is closed and no handler runs.
   */
  public CompletionStage<Void> drain() {
    state.drain();
    return state.quiet();
  }

  /** Keeps held keys held: nobody decides about them any more, so a drain doesn't wait for them. */
  public void holdForGood() {
    state.holdForGood();
  }

  /** Closes the pool; returns the messages that no handler has received. */
  public List<PendingDelivery> takeUntried() {
    return state.takeUntried();
  }

  /** Returns whether an invocation was ever abandoned. Its handler may run on for any time. */
  public boolean hasAbandoned() {
    return state.hasAbandoned();
  }

  /** Returns whether the pool has no message, and no invocation under way that isn't abandoned. */
  public boolean isIdle() {
    return state.isIdle();
  }

  /** Returns the attempts that have run for longer than this duration. */
  public List<Invocation.Hanging> hanging(long nowNanos, Duration allowed) {
    return state.hanging(nowNanos, allowed);
  }

  /**
   * Abandons the invocations that have missed the deadline, if there is one. To be called
   * periodically.
   */
  public void abandonOverdue(long nowNanos) {
    if (deadline.isEmpty()) {
      return;
    }
    boolean first;
    List<Invocation> overdue;
    synchronized (state) {
      first = !state.hasOutcomes();
      overdue = state.abandonOverdue(nowNanos, deadline.get());
      first &= state.hasOutcomes();
    }
    overdue.forEach(invocation -> invocation.leaveLimiter(0, invocation.size() == 1 ? 1 : 0));
    if (first) {
      outcomesReady.run();
    }
    if (!overdue.isEmpty()) {
      threads.call();
    }
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
    // In a closed pool the message fails again in the next run of the worker.
    if (state.takeSlotUnlessClosed()) {
      threads.execute(
          () -> {
            CompletionStage<?> unused =
                invoker
                    .giveUp(delivery)
                    .whenComplete(
                        (done, failure) ->
                            threads.orBreakOff(
                                () -> endGivingUp(delivery, cause, decision, done, failure)));
          });
    }
    return true;
  }

  private void endGivingUp(
      PendingDelivery delivery,
      Throwable cause,
      FailurePolicy.Decision decision,
      Invoker.GivingUp done,
      Throwable failure) {
    boolean first;
    synchronized (state) {
      first = !state.hasOutcomes();
      if (failure != null) {
        state.breakOff(failure);
      } else if (done instanceof Invoker.GivingUp.Unknown unknown) {
        state.add(new AttemptOutcome.NotGivenUp(delivery, cause, unknown.cause()));
      } else if (done instanceof Invoker.GivingUp.Done) {
        state.skip(delivery.group());
        state.add(new AttemptOutcome.Done(delivery));
      } else {
        state.add(new AttemptOutcome.GivenUp(delivery, cause, decision));
      }
    }
    if (first) {
      outcomesReady.run();
    }
    state.giveSlotBack();
    threads.call();
  }
}
