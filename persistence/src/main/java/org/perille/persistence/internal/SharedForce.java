package org.perille.persistence.internal;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Forces to the disk that writers share.
 *
 * <p>A writer that arrives while a force is running waits for the next one, because the running one
 * may have started before its write. The next force covers all writers that wait for it.
 * Thread-safe.
 */
final class SharedForce {
  /** Makes durable all that was written before the call. */
  @FunctionalInterface
  interface Force {
    void force() throws IOException;
  }

  private final Executor executor;
  private final Force force;

  /** The force that covers every writer that arrives now, and isn't started; null if none waits. */
  private CompletableFuture<Void> next;

  private boolean running;

  /**
   * Creates a queue without waiting writers.
   *
   * @param executor runs forces, one at a time, on threads that are never interrupted: an interrupt
   *     closes the channel of the file
   * @param force called by one thread at a time
   */
  SharedForce(Executor executor, Force force) {
    this.executor = executor;
    this.force = force;
  }

  /**
   * Waits until all that was written before the call is durable.
   *
   * <p>An interrupt doesn't end the wait, because the outcome of the write would then be unknown.
   * The interrupt status is preserved.
   *
   * @throws IOException if the force failed; whether the write is durable is then unknown
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

  /**
   * Submits a force. If no thread is available, the waiting writers fail, and later ones try again.
   */
  private void callForce() {
    try {
      executor.execute(this::forceOnce);
    } catch (RuntimeException | Error e) {
      takeTurn(false).completeExceptionally(e);
    }
  }

  /** Runs one force as one task, so that other tasks of the executor run between forces. */
  private void forceOnce() {
    CompletableFuture<Void> turn = takeTurn(true);
    try {
      force.force();
      turn.complete(null);
    } catch (Throwable e) {
      // Any error must reach the waiting writers.
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
