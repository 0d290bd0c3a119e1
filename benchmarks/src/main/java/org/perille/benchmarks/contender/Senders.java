package org.perille.benchmarks.contender;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The threads of an application that send parcels and wait for their transactions, as threads of
 * requests do.
 *
 * <p>There are {@value #THREADS} of them; more bring no gain on this database.
 */
final class Senders implements AutoCloseable {
  static final int THREADS = 16;

  /** A transaction that stores a parcel. */
  @FunctionalInterface
  interface Sending {
    void send() throws Exception;
  }

  private final ExecutorService threads =
      new ThreadPoolExecutor(
          THREADS,
          THREADS,
          0,
          TimeUnit.SECONDS,
          new LinkedBlockingQueue<>(20_000),
          new ThreadPoolExecutor.CallerRunsPolicy());

  /** Returns a stage that completes when the transaction has committed. */
  CompletionStage<?> send(Sending sending) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            sending.send();
            stored.complete(null);
          } catch (Exception e) {
            stored.completeExceptionally(e);
          }
        });
    return stored;
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
