package org.perille.internal.subscribe;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.perille.internal.subscribe.Invoker.RunResult;

/**
 * Runs the handlers of one worker: a limited number at once, each for another key, in the order of
 * each key.
 *
 * <p>A thread that has finished a message takes the next one itself, so that a quick handler costs
 * no thread switch per message, and a slow one occupies one of the threads and nothing else.
 *
 * <p>Everything mutable is guarded by this object's lock, which is never held while a handler runs.
 */
final class HandlerPool {
  /** What became of a message. */
  sealed interface Outcome {}

  /** It is handled. */
  record Done(Work work) implements Outcome {}

  /** The attempt failed; its key waits until it is released or skipped. */
  record Failed(Work work, Throwable cause) implements Outcome {}

  /** The pool can't go on. */
  record Broken(Throwable cause) implements Outcome {}

  private final Executor executor;
  private final Invoker invoker;
  private final int parallelism;
  private final Runnable outcomesReady;

  private final KeyQueues<Work> queues = new KeyQueues<>();
  private final CompletableFuture<Void> quiet = new CompletableFuture<>();
  private List<Outcome> outcomes = new ArrayList<>();
  private int running;
  private boolean closed;
  private boolean draining;

  /**
   * @param outcomesReady called when there are outcomes to take, once until they are taken
   */
  HandlerPool(Executor executor, Invoker invoker, int parallelism, Runnable outcomesReady) {
    this.executor = executor;
    this.invoker = invoker;
    this.parallelism = parallelism;
    this.outcomesReady = outcomesReady;
  }

  void add(List<Work> messages) {
    synchronized (this) {
      messages.forEach(work -> queues.add(work.key(), work));
    }
    startRunners();
  }

  /** Tries a key again whose message failed. */
  void retry(String key) {
    synchronized (this) {
      queues.release(key);
    }
    startRunners();
  }

  /** Gives up the failed message of a key and goes on with the next one. */
  void skip(String key) {
    synchronized (this) {
      queues.skip(key);
      completeIfQuiet();
    }
    startRunners();
  }

  synchronized List<Outcome> takeOutcomes() {
    List<Outcome> taken = outcomes;
    outcomes = new ArrayList<>();
    return taken;
  }

  /** Begins no further handler; the stage completes when those that run have ended. */
  synchronized CompletionStage<Void> close() {
    closed = true;
    completeIfQuiet();
    return quiet;
  }

  /** Handles what it has; the stage completes when that is done, or when it is closed and quiet. */
  synchronized CompletionStage<Void> drain() {
    draining = true;
    completeIfQuiet();
    return quiet;
  }

  private void startRunners() {
    int runners;
    synchronized (this) {
      runners = closed ? 0 : Math.min(parallelism - running, queues.readyKeys());
      running += runners;
    }
    for (int i = 0; i < runners; i++) {
      executor.execute(this::runUntilIdle);
    }
  }

  private void runUntilIdle() {
    while (true) {
      List<KeyQueues.Run<Work>> runs = next();
      if (runs.isEmpty()) {
        return;
      }
      CompletableFuture<List<RunResult>> results = invoke(runs);
      if (!results.isDone()) {
        CompletionStage<List<RunResult>> later = results;
        later.whenComplete(
            (done, failure) -> {
              finish(runs, done, failure);
              executor.execute(this::runUntilIdle);
            });
        return;
      }
      if (results.isCompletedExceptionally()) {
        finish(runs, List.of(), failureOf(results));
      } else {
        finish(runs, results.join(), null);
      }
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

  private CompletableFuture<List<RunResult>> invoke(List<KeyQueues.Run<Work>> runs) {
    try {
      return invoker.invoke(runs).toCompletableFuture();
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private synchronized List<KeyQueues.Run<Work>> next() {
    List<KeyQueues.Run<Work>> runs =
        closed ? List.of() : queues.take(invoker.maxKeys(), Math.max(1, invoker.maxMessages()));
    if (runs.isEmpty()) {
      running--;
      completeIfQuiet();
    }
    return runs;
  }

  private void completeIfQuiet() {
    if (running == 0 && (closed || (draining && queues.isEmpty()))) {
      quiet.complete(null);
    }
  }

  private void finish(List<KeyQueues.Run<Work>> runs, List<RunResult> results, Throwable failure) {
    boolean first;
    synchronized (this) {
      first = outcomes.isEmpty();
      if (failure == null) {
        for (int i = 0; i < runs.size(); i++) {
          finish(runs.get(i), results.get(i));
        }
      } else {
        closed = true;
        outcomes.add(
            new Broken(
                failure instanceof CompletionException && failure.getCause() != null
                    ? failure.getCause()
                    : failure));
      }
    }
    if (first) {
      outcomesReady.run();
    }
  }

  private void finish(KeyQueues.Run<Work> run, RunResult result) {
    Optional<Throwable> failure = result.failure();
    for (int i = 0; i < result.done(); i++) {
      outcomes.add(new Done(run.messages().get(i)));
    }
    failure.ifPresent(cause -> outcomes.add(new Failed(run.messages().get(result.done()), cause)));
    queues.finish(run.key(), result.done(), failure.isPresent());
  }
}
