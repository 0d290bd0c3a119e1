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
 * A queue of the writes of many actors, which share transactions.
 *
 * <p>While a writer is in a transaction, new writes wait. The next transaction contains as many of
 * them as the limit allows. A writer retains its connection and its thread as long as writes wait,
 * so that transactions follow each other without waking a thread.
 *
 * <p>There is one writer as long as it keeps up: two of them would store half as much in twice as
 * many transactions. Another one joins for a write that has waited for a while, because
 * transactions are long or the connection hangs.
 *
 * <p>The rows of one write are never divided. A write that is larger than the limit has a
 * transaction of its own. Thread-safe.
 *
 * <p>Every write completes or fails exactly once. If the database refuses a shared transaction, the
 * writer tries each of its writes alone, on the same connection, so that only the culprits fail. If
 * the outcome is unknown, the writes of that transaction fail, and the others get another
 * connection.
 *
 * @param <R> a row
 */
final class WriteQueue<R> {
  /**
   * The number of transactions after which a writer releases its thread and its connection to
   * others.
   */
  static final int TRANSACTIONS_IN_A_ROW = 100;

  /** Stores some rows in a transaction, all or none. Throws if it fails. */
  @FunctionalInterface
  interface Transaction<R> {
    void store(List<R> rows);
  }

  /** Lends a connection, on a thread on which its user may block. */
  @FunctionalInterface
  interface Connections<R> {
    /** Completes when the user has returned. Fails without calling it if there is no connection. */
    CompletionStage<?> lend(Consumer<Transaction<R>> user);
  }

  /**
   * The limits of the queue.
   *
   * @param maxWaiting writes that may wait; further ones fail
   * @param maxRows rows of one transaction of more than one write
   * @param writers concurrent transactions, at least 1
   */
  record QueueLimits(int maxWaiting, int maxRows, int writers) {}

  private record Write<R>(long number, List<R> rows, CompletableFuture<Void> stored) {}

  private final QueueLimits limits;
  private final Connections<R> connections;
  private final Predicate<Throwable> refused;
  private final Executor executor;
  private final Executor later;

  private final Deque<Write<R>> waiting = new ArrayDeque<>();
  private long added;
  private int writing;

  /** The number of the longest waiting write at the start of the current check. */
  private OptionalLong watched = OptionalLong.empty();

  /**
   * Creates a queue.
   *
   * @param refused returns whether a failure means that no row was stored, and that the connection
   *     is usable; each write is then tried alone. If it throws, the outcome is unknown
   * @param executor completes the writes, while the writer continues
   * @param later runs a task after the time that a write may wait
   */
  WriteQueue(
      QueueLimits limits,
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

  /**
   * Adds a write.
   *
   * @return a stage that completes when the rows are stored, and fails as their transaction does
   */
  CompletionStage<Void> add(List<R> rows) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    synchronized (this) {
      if (waiting.size() >= limits.maxWaiting) {
        return CompletableFuture.failedFuture(
            new IllegalStateException(
                "%d writes wait for the journal, the limit (bufferSize): the journal is slower than the events arrive"
                    .formatted(limits.maxWaiting)));
      }
      waiting.add(new Write<>(++added, rows, stored));
    }
    callFirstWriter();
    watch();
    return stored;
  }

  /** Returns the number of writes that wait. */
  synchronized int waiting() {
    return waiting.size();
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
      // The system is stopping: one writer must be enough.
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

  /** Leaves the waiting writes to the other writers. If there is none, they fail. */
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
        sound = storeOrFail(writes, transaction);
      }
    } finally {
      free();
    }
  }

  /**
   * Stores writes. An error outside the transaction, such as of memory, must also fail all of them.
   *
   * @return true if the connection can be used further
   */
  private boolean storeOrFail(List<Write<R>> writes, Transaction<R> transaction) {
    try {
      return store(writes, transaction);
    } catch (Throwable e) {
      for (Write<R> write : writes) {
        write.stored.completeExceptionally(e);
      }
      throw e;
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

  /**
   * Stores writes in one transaction, or each alone if the database refuses that.
   *
   * @return true if the connection can be used for another transaction
   */
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
        // The rest isn't stored: another connection is used for it.
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
      // The system is stopping and rejects the task. The waiting actors get their answers
      // nevertheless.
      answers.run();
    }
  }
}
