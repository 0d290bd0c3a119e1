package org.perille.persistence.internal;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Forces to the disk that writers share. A writer that arrives while a force is running waits for
 * the next one, because the running one may have begun before its write. That next force covers all
 * writers that wait for it. Thread-safe.
 */
final class SharedForce {
  /** Makes everything durable that was written before it is called. */
  @FunctionalInterface
  interface Force {
    void force() throws IOException;
  }

  private final Executor executor;
  private final Force force;

  /** The force that hasn't begun and covers every writer that arrives now; null if none waits. */
  private CompletableFuture<Void> next;

  private boolean running;

  /**
   * Creates a queue without waiting writers.
   *
   * @param executor runs forces, one after the other, on threads that nobody interrupts: an
   *     interrupt closes the channel of the file
   * @param force is called by one thread at a time
   */
  SharedForce(Executor executor, Force force) {
    this.executor = executor;
    this.force = force;
  }

  /**
   * Returns when everything is durable that was written before the call. An interrupt doesn't end
   * the waiting, since nobody would know then whether the write is durable. The interrupted status
   * is kept.
   *
   * @throws IOException if the force failed; whether the write is durable is unknown then
   */
  void await() throws IOException {
    CompletableFuture<Void> mine;
    boolean idle;
    synchronized (this) {
      if (next == null) {
        next = new CompletableFuture<>();
      }
      mine = next;
      idle = !running;
      running = true;
    }
    if (idle) {
      callForce();
    }
    try {
      mine.join();
    } catch (CompletionException e) {
      throw new IOException(String.valueOf(e.getCause().getMessage()), e.getCause());
    }
  }

  /** If there is no thread for it, those who wait must learn it, and later writers try again. */
  private void callForce() {
    try {
      executor.execute(this::forceOnce);
    } catch (RuntimeException | Error e) {
      takeTurn(false).completeExceptionally(e);
    }
  }

  /** One force is one task, so that other tasks of the executor have their turn between forces. */
  private void forceOnce() {
    CompletableFuture<Void> turn = takeTurn(true);
    try {
      force.force();
      turn.complete(null);
    } catch (Throwable e) {
      // Whatever it is, those who wait must not wait for ever.
      turn.completeExceptionally(e);
    }
    if (othersWait()) {
      callForce();
    }
  }

  private synchronized CompletableFuture<Void> takeTurn(boolean goesOn) {
    CompletableFuture<Void> turn = next;
    next = null;
    running = goesOn;
    return turn;
  }

  private synchronized boolean othersWait() {
    running = next != null;
    return running;
  }
}
