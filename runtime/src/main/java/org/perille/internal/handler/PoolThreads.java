package org.perille.internal.handler;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.perille.internal.Pure;
import org.perille.internal.failure.FailurePolicy;
import org.perille.internal.handler.Invoker.KeyBatchResult;
import org.perille.internal.limit.Limiter;

/**
 * The threads of a pool: they call the handlers.
 *
 * <p>A thread that has finished an invocation takes the next one itself. Before it calls the
 * handler it calls another thread for the remaining messages. A fast handler therefore causes no
 * thread switch per message, since the other thread finds nothing left. A slow handler occupies
 * only its own thread. A handler that waits for a stage, such as a database call, occupies no
 * thread.
 */
@Pure
final class PoolThreads {
  private final Executor executor;
  private final Invoker invoker;
  private final Limiter limiter;
  private final PoolState state;
  private final Runnable outcomesReady;

  /** The callback by which the limiter identifies this pool. */
  private final Runnable limiterMayBeOpen = this::limiterMayBeOpen;

  PoolThreads(
      Executor executor,
      Invoker invoker,
      Limiter limiter,
      PoolState state,
      Runnable outcomesReady) {
    this.executor = executor;
    this.invoker = invoker;
    this.limiter = limiter;
    this.state = state;
    this.outcomesReady = outcomesReady;
  }

  /** Runs a task on another thread. The caller has already taken a slot for it. */
  void execute(Runnable task) {
    orBreakOff(() -> executor.execute(() -> orBreakOff(task)));
  }

  /**
   * Runs code of the pool that holds a slot. An error in it breaks the pool, so that the worker
   * restarts.
   *
   * <p>Such an error isn't a handler's, and the state of the pool is unknown. Without the restart
   * the worker would wait for a slot that is lost.
   */
  void orBreakOff(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      synchronized (state) {
        state.threadStarted();
        state.breakOff(e);
        state.giveSlotBack();
      }
      outcomesReady.run();
    }
  }

  /** Calls another thread, if it would have something to do. */
  void call() {
    if (state.callThread()) {
      execute(
          () -> {
            state.threadStarted();
            runUntilIdle();
          });
    }
  }

  private void limiterMayBeOpen() {
    state.limiterMayBeOpen();
    call();
  }

  private void runUntilIdle() {
    while (true) {
      Optional<Invocation> next = next();
      if (next.isEmpty()) {
        return;
      }
      call();
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

  private Optional<Invocation> next() {
    synchronized (state) {
      int wanted = state.wanted(invoker.maxKeys(), Math.max(1, invoker.maxMessages()));
      Optional<Limiter.Permit> allowed =
          wanted == 0 ? Optional.empty() : limiter.enter(wanted, limiterMayBeOpen);
      if (allowed.isEmpty()) {
        state.nothingBegun(wanted > 0);
        return Optional.empty();
      }
      try {
        return Optional.of(state.begin(invoker.maxKeys(), allowed.get()));
      } catch (Throwable e) {
        // The limiter belongs to the node and outlives this pool.
        allowed.get().leave(allowed.get().messages(), 0, 0);
        throw e;
      }
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

  private static Throwable failureOf(CompletableFuture<?> results) {
    try {
      results.join();
      throw new IllegalStateException("completed without a failure");
    } catch (CompletionException e) {
      return e.getCause();
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
                        state.giveSlotBack();
                        call();
                      }
                    }));
    boolean another;
    boolean forgotten;
    synchronized (state) {
      another = state.takeSlotBeside();
      forgotten = state.forgetIfLeft(invocation);
    }
    if (forgotten) {
      invocation.leaveLimiter(0, 0);
    }
    return another;
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
      synchronized (state) {
        if (!state.end(invocation)) {
          return state.endAbandoned();
        }
        inLimiter = true;
        first = !state.hasOutcomes();
        if (failure == null) {
          for (int i = 0; i < invocation.runs().size(); i++) {
            KeyBatchResult result = results.get(i);
            succeeded += result.done();
            failed += counts(result) ? 1 : 0;
            state.finish(invocation.runs().get(i), result);
          }
        } else {
          state.breakOff(failure);
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

  private static boolean counts(KeyBatchResult result) {
    return result.failure().map(FailurePolicy::countsForBreaker).orElse(false);
  }
}
