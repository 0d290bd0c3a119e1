package org.perille.persistence.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
 * <p>Every write gets exactly one answer. If the database refuses a shared transaction, the writer
 * tries each of its writes alone, on the same connection, so that only culprits fail. If the
 * outcome is unknown, the writes of that transaction fail, and the others get another connection.
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

  private final Deque<Write<R>> waiting = new ArrayDeque<>();
  private long added;
  private int writing;

  /** Number of what had waited longest when somebody began to watch it. */
  private OptionalLong watched = OptionalLong.empty();

  /**
   * A queue.
   *
   * @param refused whether a failure means that no row was stored, and that the connection can be
   *     used further: each write is tried alone then. If this throws, the outcome is unknown
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
    try {
      later.execute(this::look);
    } catch (RuntimeException | Error e) {
      // The system ends: one writer has to be enough.
      synchronized (this) {
        watched = OptionalLong.empty();
      }
    }
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
    AtomicBoolean decided = new AtomicBoolean();
    CompletionStage<?> unused =
        lend(transaction -> {
              if (decided.compareAndSet(false, true)) {
                write(transaction);
              }
            })
            .whenComplete(
                (done, failure) -> {
                  if (decided.compareAndSet(false, true)) {
                    endWithoutConnection(
                        failure == null
                            ? new IllegalStateException("the pool has lent no connection")
                            : failure);
                  }
                });
  }

  private CompletionStage<?> lend(Consumer<Transaction<R>> writer) {
    try {
      return connections.lend(writer);
    } catch (RuntimeException | Error e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** What waits is left to the other writers; if there is none, it fails. */
  private void endWithoutConnection(Throwable failure) {
    List<Write<R>> left = List.of();
    synchronized (this) {
      writing--;
      if (writing == 0) {
        left = List.copyOf(waiting);
        waiting.clear();
      }
    }
    answer(left, Optional.of(failure));
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
    Optional<Throwable> failure = attempt(writes, transaction);
    boolean refused = failure.map(this::isRefused).orElse(false);
    if (refused && writes.size() > 1) {
      return storeEachAlone(writes, transaction);
    }
    answer(writes, failure);
    return refused || failure.isEmpty();
  }

  private Optional<Throwable> attempt(List<Write<R>> writes, Transaction<R> transaction) {
    try {
      transaction.store(writes.stream().flatMap(write -> write.rows.stream()).toList());
      return Optional.empty();
    } catch (RuntimeException | Error e) {
      return Optional.of(e);
    }
  }

  private boolean isRefused(Throwable failure) {
    try {
      return refused.test(failure);
    } catch (RuntimeException | Error e) {
      return false;
    }
  }

  private boolean storeEachAlone(List<Write<R>> writes, Transaction<R> transaction) {
    for (int i = 0; i < writes.size(); i++) {
      if (!store(writes.subList(i, i + 1), transaction)) {
        // Nothing of the rest is stored: it is tried on another connection.
        putBack(writes.subList(i + 1, writes.size()));
        return false;
      }
    }
    return true;
  }

  private synchronized void putBack(List<Write<R>> writes) {
    for (int i = writes.size() - 1; i >= 0; i--) {
      waiting.addFirst(writes.get(i));
    }
  }

  private void answer(List<Write<R>> writes, Optional<Throwable> failure) {
    Runnable answers =
        () ->
            writes.forEach(
                write ->
                    failure.ifPresentOrElse(
                        write.stored::completeExceptionally, () -> write.stored.complete(null)));
    try {
      executor.execute(answers);
    } catch (RuntimeException | Error e) {
      // The system ends, and rejects: who waits is answered nevertheless.
      answers.run();
    }
  }
}
