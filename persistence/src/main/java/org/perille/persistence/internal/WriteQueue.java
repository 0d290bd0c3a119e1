package org.perille.persistence.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Writes of many actors, some of which share a transaction: while a writer is in one, what comes
 * waits, and is in the next one as far as that may be. A writer keeps its connection and its thread
 * as long as something waits, so that one transaction follows the other without a thread being
 * called for it.
 *
 * <p>There is one writer as long as it keeps up: two of them store half as much in twice as many
 * transactions. Another one comes for what has waited for a while, because transactions are long or
 * the connection hangs.
 *
 * <p>What is added once is never divided, and is in a transaction of its own if it is too large for
 * any. Thread-safe.
 *
 * @param <R> a row
 */
final class WriteQueue<R> {
  /** After so many transactions a writer lets others have its thread and its connection. */
  static final int TRANSACTIONS_IN_A_ROW = 100;

  /** Stores some rows in a transaction, all or none; throws if it fails. */
  @FunctionalInterface
  interface Transaction<R> {
    void store(List<R> rows);
  }

  /** Lends a connection, on a thread on which its user may wait. */
  @FunctionalInterface
  interface Connections<R> {
    /** Ends when the user has; fails also if there is no connection, and then never calls it. */
    CompletionStage<?> lend(Consumer<Transaction<R>> user);
  }

  /**
   * How much is done at once.
   *
   * @param maxWaiting writes that may wait; further ones fail
   * @param maxRows rows of one transaction of more than one write
   * @param writers transactions that may run at once, at least 1
   */
  record Limits(int maxWaiting, int maxRows, int writers) {}

  private record Write<R>(long number, List<R> rows, CompletableFuture<Void> stored) {}

  private final Limits limits;
  private final Connections<R> connections;
  private final Predicate<Throwable> refused;
  private final Executor executor;
  private final Executor later;

  private final Queue<Write<R>> waiting = new ArrayDeque<>();
  private long added;
  private int writing;

  /** Number of what had waited longest when somebody began to watch it. */
  private OptionalLong watched = OptionalLong.empty();

  /**
   * A queue.
   *
   * @param refused whether a failure means that one row can't be stored, and none was: each write
   *     is tried by itself then, so that only the culprit fails
   * @param executor tells those who wait, while the writer goes on
   * @param later does something when a write has waited for too long
   */
  WriteQueue(
      Limits limits,
      Connections<R> connections,
      Predicate<Throwable> refused,
      Executor executor,
      Executor later) {
    this.limits = limits;
    this.connections = connections;
    this.refused = refused;
    this.executor = executor;
    this.later = later;
  }

  /** Completed once the rows are stored; fails as their transaction does. */
  CompletionStage<Void> add(List<R> rows) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    synchronized (this) {
      if (waiting.size() >= limits.maxWaiting) {
        return CompletableFuture.failedFuture(
            new IllegalStateException(
                "%d writes wait for the journal, which are as many as may (bufferSize): it writes slower than events come"
                    .formatted(limits.maxWaiting)));
      }
      waiting.add(new Write<>(++added, rows, stored));
    }
    callFirstWriter();
    watch();
    return stored;
  }

  private void callFirstWriter() {
    synchronized (this) {
      if (waiting.isEmpty() || writing > 0) {
        return;
      }
      writing++;
    }
    callWriter();
  }

  private void watch() {
    synchronized (this) {
      if (watched.isPresent() || waiting.isEmpty() || writing == limits.writers) {
        return;
      }
      watched = OptionalLong.of(waiting.element().number);
    }
    later.execute(this::look);
  }

  private void look() {
    boolean tooLong;
    synchronized (this) {
      tooLong =
          writing < limits.writers
              && !waiting.isEmpty()
              && waiting.element().number == watched.orElseThrow();
      writing += tooLong ? 1 : 0;
      watched = OptionalLong.empty();
    }
    if (tooLong) {
      callWriter();
    }
    watch();
  }

  private void callWriter() {
    AtomicBoolean came = new AtomicBoolean();
    CompletionStage<?> unused =
        lend(transaction -> {
              came.set(true);
              write(transaction);
            })
            .whenComplete(
                (done, failure) -> {
                  if (failure != null && !came.get()) {
                    endWithoutConnection(failure);
                  }
                });
  }

  private CompletionStage<?> lend(Consumer<Transaction<R>> writer) {
    try {
      return connections.lend(writer);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Who waits learns of it, as if a transaction had failed. */
  private void endWithoutConnection(Throwable failure) {
    end(next(), failure);
    free();
  }

  private void write(Transaction<R> transaction) {
    try {
      boolean sound = true;
      for (int i = 0; i < TRANSACTIONS_IN_A_ROW && sound; i++) {
        List<Write<R>> writes = next();
        if (writes.isEmpty()) {
          return;
        }
        sound = store(writes, transaction);
      }
    } finally {
      free();
    }
  }

  private synchronized List<Write<R>> next() {
    List<Write<R>> next = new ArrayList<>();
    int rows = 0;
    for (Write<R> write = waiting.peek();
        write != null && (next.isEmpty() || rows + write.rows.size() <= limits.maxRows);
        write = waiting.peek()) {
      rows += write.rows.size();
      next.add(waiting.remove());
    }
    return next;
  }

  private void free() {
    synchronized (this) {
      writing--;
    }
    callFirstWriter();
  }

  /** Whether the connection can be used for another transaction. */
  private boolean store(List<Write<R>> writes, Transaction<R> transaction) {
    try {
      transaction.store(writes.stream().flatMap(write -> write.rows.stream()).toList());
      end(writes, null);
      return true;
    } catch (RuntimeException | Error e) {
      boolean isRefused = refused.test(e);
      if (isRefused && writes.size() > 1) {
        return writes.stream().allMatch(write -> store(List.of(write), transaction));
      }
      end(writes, e);
      return isRefused;
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
}
