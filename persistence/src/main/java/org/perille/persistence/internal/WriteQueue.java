package org.perille.persistence.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Writes of many actors, some of which share a transaction: while all transactions that may run at
 * once do, what comes waits, and the next that is free takes as much of it as it may. Which of them
 * ends first doesn't matter to the others.
 *
 * <p>What is added once is never divided, and is in a transaction of its own if it is too large for
 * any. Thread-safe.
 *
 * @param <R> a row
 */
final class WriteQueue<R> {
  private record Write<R>(List<R> rows, CompletableFuture<Void> stored) {}

  private final int maxWaiting;
  private final int maxRows;
  private final Function<List<R>, CompletionStage<?>> transaction;
  private final Predicate<Throwable> refused;
  private final Executor executor;

  private final Queue<Write<R>> waiting = new ArrayDeque<>();
  private int idle;

  /**
   * A queue.
   *
   * @param maxWaiting writes that may wait; further ones fail
   * @param maxRows rows of one transaction of more than one write
   * @param transactions that may run at once
   * @param transaction stores some rows, all or none
   * @param refused whether a failure means that one row can't be stored, and none was: each write
   *     is tried by itself then, so that only the culprit fails
   * @param executor tells those who wait; the thread that ran a transaction begins the next one
   */
  WriteQueue(
      int maxWaiting,
      int maxRows,
      int transactions,
      Function<List<R>, CompletionStage<?>> transaction,
      Predicate<Throwable> refused,
      Executor executor) {
    this.maxWaiting = maxWaiting;
    this.maxRows = maxRows;
    this.idle = transactions;
    this.transaction = transaction;
    this.refused = refused;
    this.executor = executor;
  }

  /** Completed once the rows are stored; fails as their transaction does. */
  CompletionStage<Void> add(List<R> rows) {
    Write<R> write = new Write<>(rows, new CompletableFuture<>());
    synchronized (this) {
      if (waiting.size() >= maxWaiting) {
        return CompletableFuture.failedFuture(
            new IllegalStateException(
                "%d writes wait for the journal, which are as many as may (bufferSize): it writes slower than events come"
                    .formatted(maxWaiting)));
      }
      waiting.add(write);
    }
    begin();
    return write.stored;
  }

  private void begin() {
    List<Write<R>> next = next();
    if (!next.isEmpty()) {
      store(next);
    }
  }

  /** What the next transaction is to store; empty if nothing waits or none is free. */
  private synchronized List<Write<R>> next() {
    List<Write<R>> next = new ArrayList<>();
    if (idle > 0) {
      int rows = 0;
      for (Write<R> write = waiting.peek();
          write != null && (next.isEmpty() || rows + write.rows.size() <= maxRows);
          write = waiting.peek()) {
        rows += write.rows.size();
        next.add(waiting.remove());
      }
      idle -= next.isEmpty() ? 0 : 1;
    }
    return next;
  }

  private void store(List<Write<R>> writes) {
    CompletionStage<?> unused =
        run(writes)
            .whenComplete(
                (done, failure) -> {
                  if (failure != null && writes.size() > 1 && refused.test(failure)) {
                    storeEach(writes);
                  } else {
                    free();
                    end(writes, failure);
                  }
                });
  }

  /** One after the other, in the place of the transaction that failed. */
  private void storeEach(List<Write<R>> writes) {
    CompletionStage<?> all = CompletableFuture.completedFuture(null);
    for (Write<R> write : writes) {
      List<Write<R>> alone = List.of(write);
      all =
          all.thenCompose(
              before ->
                  run(alone)
                      .handle(
                          (done, failure) -> {
                            end(alone, failure);
                            return null;
                          }));
    }
    CompletionStage<?> unused = all.thenRun(this::free);
  }

  private CompletionStage<?> run(List<Write<R>> writes) {
    List<R> rows = new ArrayList<>();
    writes.forEach(write -> rows.addAll(write.rows));
    try {
      return transaction.apply(rows);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void end(List<Write<R>> writes, Throwable failure) {
    executor.execute(
        () -> {
          for (Write<R> write : writes) {
            if (failure == null) {
              write.stored.complete(null);
            } else {
              write.stored.completeExceptionally(failure);
            }
          }
        });
  }

  private void free() {
    synchronized (this) {
      idle++;
    }
    begin();
  }
}
